import type { Batch, SendResult } from '../batch.ts'
import type { Config } from '../config.ts'
import { byteLength } from '../web/byteLength.ts'
import type { Clock } from '../web/clock.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import type { WireAccepted } from '../wire.ts'
import { createAccessToken } from './accessToken.ts'
import { beaconBudgetBytes, beaconSend } from './beaconSend.ts'
import type { ClockOffset } from './clockOffset.ts'
import { compress } from './compress.ts'
import { createDeferredSend } from './deferredSend.ts'
import { encode } from './encode.ts'
import { createFetchSend, keepaliveBudgetBytes } from './fetchSend.ts'
import { type RenewToken, retryPolicy } from './retryPolicy.ts'

export interface Transport {
  /** One attempt, by fetch. One at a time. */
  send(batch: Batch): Promise<SendResult>
  /** Beacons what fits, in the order given; returns the batches that went whole. */
  beacon(batches: readonly Batch[]): Batch[]
  /** Leaves with the browser what it shall send should the page crash, in place of what was left there before. */
  safeguard(batches: () => readonly Batch[]): void
  unguard(): void
}

export interface TransportOptions {
  config: Pick<Config, 'url' | 'key' | 'timeoutMs' | 'getToken'>
  clock: Clock
  clockOffset: ClockOffset
  native: NativeMethods
}

/** Encoding costs the page time: no more often than this, in ms. */
const guardIntervalMs = 250

export function createTransport({ config, clock, clockOffset, native }: TransportOptions): Transport {
  const { key, timeoutMs, getToken } = config
  const url = `${config.url.replace(/\/+$/, '')}/v1/i/${encodeURIComponent(key)}`
  const fetchSend = createFetchSend({ url, timeoutMs, native })
  const deferred = createDeferredSend(url, native)
  const token = createAccessToken(getToken, timeoutMs, native)
  let guardedAtMs = Number.NEGATIVE_INFINITY
  let mayKeepAlive = true
  /** What the browser brings to an end even if the page goes away now. */
  let keptAlive: { batch?: Batch; bytes: number } = { bytes: 0 }

  return {
    async send(batch) {
      try {
        let result = await attempt(batch)
        if (result.outcome === 'renewToken' && getToken) {
          token.forget()
          result = await attempt(batch)
        }
        return result.outcome === 'renewToken' ? tokenRefused('the relay refused the token') : result
      } catch (error) {
        return tokenRefused(`getToken: ${error}`)
      }
    },
    beacon: batches =>
      beaconSend(
        batches.filter(batch => batch !== keptAlive.batch),
        beaconBudgetBytes - keptAlive.bytes,
        body => native.sendBeacon?.(url, body) ?? false,
        encodeNow,
      ),
    safeguard(batches) {
      const nowMs = clock.monotonicMs()
      if (!native.fetchLater || nowMs - guardedAtMs < guardIntervalMs) return
      guardedAtMs = nowMs
      deferred.clear()
      beaconSend(batches(), keepaliveBudgetBytes, deferred.add, encodeNow)
    },
    unguard: deferred.clear,
  }

  function encodeNow(batch: Batch): string {
    return encode(batch, clock.wallMs(), token.current(), native.stringify)
  }

  async function attempt(batch: Batch): Promise<SendResult | RenewToken> {
    await token.obtain()
    const sentAtMs = clock.wallMs()
    const startMs = clock.monotonicMs()
    const body = await compress(encode(batch, sentAtMs, token.current(), native.stringify))
    const bytes = typeof body === 'string' ? byteLength(body) : body.byteLength
    const keepalive = mayKeepAlive && bytes <= keepaliveBudgetBytes
    if (keepalive) keptAlive = { batch, bytes }
    const answer = await fetchSend(body, keepalive)
    keptAlive = { bytes: 0 }
    // The budget is not ours alone: when others have used it up the browser rejects, and without keepalive it may pass.
    mayKeepAlive = !keepalive || answer.status > 0
    const result = retryPolicy(answer, clock.wallMs() + (clockOffset.offsetMs() ?? 0))
    if (result.outcome === 'stored') {
      const relayMs = (answer.body as WireAccepted).nowMs
      clockOffset.learn({ sentAtMs, roundTripMs: clock.monotonicMs() - startMs, relayMs })
    }
    return result
  }

  /** Where the page can get another token it may work out later. */
  function tokenRefused(message: string): SendResult {
    token.forget()
    const fault = { code: 'token_rejected', message } as const
    return getToken ? { outcome: 'retry', retryAfterMs: 0, fault } : { outcome: 'stop', fault }
  }
}
