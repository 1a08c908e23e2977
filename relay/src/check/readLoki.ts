import { parse } from 'yaml'
import { type LokiClientOptions, lokiHeaders } from '../upstream/lokiClient.ts'

export interface LokiTold {
  /** Limits of tenants without their own. Empty where a gateway in front of Loki lets no such question through. */
  defaults: LokiLimits
  /** Limits of this tenant, as far as `tenant_limits_allow_publish` of Loki names them. */
  own: LokiLimits
  /** It has split streams of this tenant within the last hours. */
  sharded: boolean
  /** Undefined where no answer had a date. */
  clock: LokiClock | undefined
}

export type LokiLimits = Record<string, unknown>

export interface LokiClock {
  /** How far Loki's clock is ahead of ours, in ms; it tells whole seconds. */
  aheadMs: number
  /** It may be this much more or less. */
  uncertaintyMs: number
}

const timeoutMs = 5000

/** What Loki, or a gateway in front of it, tells of itself without being pushed to. Never rejects. */
export async function readLoki(options: LokiClientOptions & { endpoint: string }, tenant: string): Promise<LokiTold> {
  let clock: LokiClock | undefined
  const [config, own, shards] = await Promise.all([
    ask('/config'),
    ask('/config/tenant/v1/limits'),
    ask('/loki/api/v1/label/__stream_shard__/values'),
  ])
  return {
    defaults: objectAt(config, 'limits_config'),
    own,
    sharded: Array.isArray(shards.data) && shards.data.length > 0,
    clock,
  }

  async function ask(path: string): Promise<LokiLimits> {
    const sentMs = Date.now()
    try {
      const response = await fetch(`${options.endpoint}${path}`, {
        headers: lokiHeaders(options, tenant),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      noteClock(Date.parse(response.headers.get('date') ?? ''), sentMs, Date.now())
      // JSON is YAML too.
      const answer: unknown = response.ok ? parse(await response.text()) : undefined
      return isObject(answer) ? answer : {}
    } catch {
      return {}
    }
  }

  function noteClock(dateMs: number, sentMs: number, receivedMs: number): void {
    if (Number.isNaN(dateMs)) return
    const tripMs = receivedMs - sentMs
    if (clock && clock.uncertaintyMs <= tripMs / 2 + 500) return
    // A date is cut to the second, so on average half of one has passed.
    clock = { aheadMs: dateMs + 500 - (sentMs + tripMs / 2), uncertaintyMs: tripMs / 2 + 500 }
  }
}

function objectAt(value: unknown, key: string): LokiLimits {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return isObject(found) ? found : {}
}

function isObject(value: unknown): value is LokiLimits {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
