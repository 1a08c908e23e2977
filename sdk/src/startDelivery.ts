import { type Batch, type BatchInfo, type Consent, type Delivery, rowVersion, type SendResult } from './batch.ts'
import type { Config } from './config.ts'
import type { Drops } from './drops.ts'
import type { BeaconError } from './errors.ts'
import { createFaults } from './faults.ts'
import { createBacklog } from './queue/backlog.ts'
import { evict } from './queue/eviction.ts'
import { withExitStash } from './queue/exitStash.ts'
import { createFlushLock } from './queue/flushLock.ts'
import { createFlushLoop } from './queue/flushLoop.ts'
import { createIdbQueue } from './queue/idbQueue.ts'
import { createLeftovers } from './queue/leftovers.ts'
import { createMemoryQueue } from './queue/memoryQueue.ts'
import { openStore } from './queue/openStore.ts'
import { queueReleased } from './queue/queue.ts'
import { createRowWriter } from './queue/rowWriter.ts'
import { backoffMs } from './transport/backoff.ts'
import { createCircuitBreaker } from './transport/circuitBreaker.ts'
import { createClockOffset } from './transport/clockOffset.ts'
import { createTransport } from './transport/transport.ts'
import type { Clock } from './web/clock.ts'
import type { LocalStore } from './web/localStore.ts'
import type { NativeMethods } from './web/nativeMethods.ts'
import { uuidv7Hex } from './web/randomId.ts'
import type { WireContext } from './wire.ts'

/** What delivery asks of the configuration. */
export type DeliveryConfig = Pick<
  Config,
  'url' | 'key' | 'consent' | 'batch' | 'buffer' | 'retry' | 'timeoutMs' | 'getToken'
>

export interface DeliveryOptions {
  config: DeliveryConfig
  drops: Drops
  /** Who and where, at the time of the call: asked at each append. */
  context: () => WireContext
  clock: Clock
  store: LocalStore
  report: (error: BeaconError) => void
  native: NativeMethods
}

declare const __SDK_VERSION__: string | undefined
const sdk = `loki-beacon/${typeof __SDK_VERSION__ === 'string' ? __SDK_VERSION__ : 'dev'}`

/**
 * A page that is just being loaded has better things to do than to look for what others left; and the one before it on
 * the same tab may still be writing its last rows: in ms.
 */
const firstLookMs = 1000

/**
 * From serialised records to the relay's 202.
 *
 * append -> backlog (memory, written ahead to the queue) -> flush loop -> transport -> settled.
 * The loop's other source are the leftovers of earlier pages.
 */
export function startDelivery({ config, drops, context, clock, store, report, native }: DeliveryOptions): Delivery {
  const { batch, buffer, retry } = config
  const wallMs = clock.wallMs
  const faults = createFaults(report)
  const flushes = new Set<{ mark: number; resolve: (done: boolean) => void }>()
  let persistence = buffer.persistence
  let flushTimer: number | undefined
  let hidden = globalThis.document?.visibilityState === 'hidden'
  let ended = false
  let isHeld = false

  const clockOffset = createClockOffset(store, wallMs)
  const transport = createTransport({ config, clock, clockOffset, native })
  const breaker = createCircuitBreaker(retry.breakerThreshold, failures => backoffMs(failures, retry))
  const onDisk = persistence === 'indexeddb'
  const stored = onDisk ? createIdbQueue(config.key, openStore(native)) : createMemoryQueue()
  const queue = withExitStash(stored, store, config.key)
  const writer = createRowWriter({ queue, native, onWritten })
  const backlog = createBacklog({ config, newBatch, wallMs, drops, writer })
  const leftovers = createLeftovers({
    config,
    queue,
    lock: createFlushLock({ name: `loki-beacon/${config.key}`, queue, wallMs, native }),
    // The row of what was dropped a moment ago is not for sending, even if it is still there.
    owns: id => backlog.owns(id) || writer.isLeaving(id),
    wallMs,
    drops,
    onFound() {
      enforceCap()
      loop.kick()
    },
    onUnreadable: error => error === queueReleased || onWritten(true),
  })
  const loop = createFlushLoop({
    sources: [backlog, leftovers],
    send: transport.send,
    pauseMs: () => (isHeld ? Number.POSITIVE_INFINITY : breaker.waitMs(wallMs())),
    onResult,
    onSettled: answerFlushes,
    onFault: error => faults.note({ code: 'internal_error', message: String(error) }),
    native,
  })

  globalThis.addEventListener?.('online', onOnline)
  native.setTimeout(lookForLeftovers, firstLookMs)

  return {
    append(records) {
      backlog.append(records, native.stringify(context()))
      enforceCap()
      // A hidden page may be gone before any timer fires.
      if (hidden) backlog.close()
      else if (backlog.isOpen()) flushTimer ??= native.setTimeout(closeAndSend, batch.flushIntervalMs)
      if (!isHeld) transport.safeguard(mostSevereFirst)
      loop.kick()
    },
    exit() {
      hidden = true
      backlog.close()
      if (!isHeld) backlog.tellDrops(native.stringify(context()))
      transport.unguard()
      if (!ended && !isHeld && (persistence !== 'indexeddb' || breaker.mayHurry(wallMs())))
        backlog.markBeaconed(transport.beacon(mostSevereFirst()))
      if (onDisk && !isHeld) queue.keep(writer.unwritten())
      writer.writeAll()
      leftovers.stop()
      queue.release()
      // What did not fit goes by fetch, should the page live on.
      native.setTimeout(loop.kick, 0)
    },
    resume() {
      hidden = false
      queue.forget()
      writer.resume()
      backlog.forgetBeacons()
      lookForLeftovers()
      loop.kick()
    },
    flush,
    async close() {
      await flush()
      globalThis.removeEventListener?.('online', onOnline)
      native.clearTimeout(flushTimer)
      end()
      writer.writeAll()
      queue.release()
    },
    setConsent,
    stats: () => ({ ...backlog.totals(), breaker: breaker.state(wallMs()), persistence, lastError: faults.last() }),
  }

  function newBatch(contextJson: string): Batch {
    const createdAtMs = wallMs()
    const header = native.stringify({ sdk, clockOffsetMs: clockOffset.offsetMs() })
    return {
      v: rowVersion,
      id: uuidv7Hex(createdAtMs),
      createdAtMs,
      header: `${header.slice(0, -1)},"context":${contextJson}}`,
      lines: '',
      count: 0,
      bytes: 0,
      severity: 0,
    }
  }

  function mostSevereFirst(): Batch[] {
    return backlog.unsent().sort((a, b) => b.severity - a.severity)
  }

  function closeAndSend(): void {
    flushTimer = undefined
    backlog.close()
    loop.kick()
  }

  function flush(): Promise<boolean> {
    return new Promise(resolve => {
      backlog.close()
      backlog.forgetBeacons()
      flushes.add({ mark: backlog.mark(), resolve })
      breaker.hurry(wallMs())
      loop.kick()
    })
  }

  /** Each flush is answered as soon as all of its records are settled, or once nothing more goes out for now. */
  function answerFlushes(resting: boolean): void {
    if (!backlog.totals().pending) transport.unguard()
    for (const waiting of flushes) {
      const done = backlog.settled(waiting.mark)
      if (!done && !resting) continue
      flushes.delete(waiting)
      waiting.resolve(done)
    }
  }

  function enforceCap(): void {
    const bytes = leftovers.idle().reduce((sum, row) => sum + row.bytes, backlog.totals().bytes)
    if (bytes <= buffer.maxBytes) return
    const candidates: BatchInfo[] = [...backlog.idle(), ...leftovers.idle()].filter(batch => batch.bytes)
    for (const victim of evict(candidates, bytes - buffer.maxBytes, buffer.whenFull))
      (backlog.owns(victim.id) ? backlog : leftovers).drop(victim, 'buffer_overflow')
  }

  /** A hidden page leaves them to others: it may be frozen with the lock in its hands. */
  function lookForLeftovers(): void {
    if (!hidden && !ended && !isHeld) leftovers.start()
  }

  function setConsent(consent: Consent): void {
    isHeld = consent !== 'granted'
    writer.hold(isHeld)
    backlog.refuse(consent === 'denied' ? 'consent' : undefined)
    if (isHeld) {
      leftovers.stop()
      transport.unguard()
    }
    if (consent === 'denied') queue.clear().catch(() => onWritten(true))
    lookForLeftovers()
    loop.kick()
  }

  /** Nothing is sent any more. Records are still taken, and written to the device for the next visit. */
  function end(): void {
    ended = true
    loop.stop()
    leftovers.stop()
  }

  function onResult(result: SendResult): void {
    if ('fault' in result) faults.note(result.fault)
    if (result.outcome === 'retry') breaker.failed(wallMs(), result.retryAfterMs)
    else breaker.succeeded()
    if (result.outcome === 'stop') end()
    if (result.outcome === 'stored') faults.delivered()
  }

  function onWritten(failed: boolean): void {
    if (!onDisk) return
    persistence = failed ? 'memory' : 'indexeddb'
    if (failed)
      faults.note({ code: 'storage_unavailable', message: 'IndexedDB can not be used: records wait in memory' })
    else faults.heal('storage_unavailable')
  }

  /** `navigator.onLine` and this event are hints at best (https://github.com/getsentry/sentry-javascript/issues/6403). */
  function onOnline(): void {
    breaker.restart(wallMs())
    loop.kick()
  }
}
