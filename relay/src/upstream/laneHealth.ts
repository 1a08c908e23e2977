import type { LaneState } from '../laneStates.ts'
import { backoffMs } from './backoff.ts'
import { type BreakerState, createCircuitBreaker } from './circuitBreaker.ts'
import type { PushLimits } from './pieces.ts'
import type { ShipResult } from './shipParts.ts'

export interface LaneStatus {
  lane: string
  state: LaneState
  breaker: BreakerState
  /** Why it is not shipping. */
  reason?: string
  /** Since when it is in this state, in ms since the epoch. */
  sinceMs: number
}

export interface LaneHealth {
  /** Takes note of how a round went; returns the pause before the next one, in ms. */
  settled(result: ShipResult): number
  /** The spool itself failed. Returns the pause. */
  failed(reason: string): number
  /** What one push may hold. */
  pushLimits(): PushLimits
  /** What may be leased for a round: the least possible while Loki has to prove itself. */
  leaseLimits(): PushLimits
  /** How often in a row Loki asked for less. */
  throttled(): number
  /** Not to be mended by waiting a little. */
  isStuck(): boolean
  status(): LaneStatus
}

export interface LaneHealthOptions extends PushLimits {
  /** First pause after a failure, in ms. */
  retryDelayMs: number
  /** Longest pause, in ms. */
  maxRetryDelayMs: number
  /** Pause of a stopped lane, in ms. */
  configRetryMs: number
  breakerThreshold: number
  breakerOpenMs: number
  /** Called when the state changes, not at each retry. */
  onState(status: LaneStatus): void
}

/** What a lane knows of Loki's mood, and so how soon and how much it tries next. */
export function createLaneHealth(lane: string, options: LaneHealthOptions): LaneHealth {
  const { maxRecords, maxBytes, retryDelayMs, maxRetryDelayMs, configRetryMs, onState } = options
  const breaker = createCircuitBreaker({
    threshold: options.breakerThreshold,
    openMs: options.breakerOpenMs,
    nowMs: () => performance.now(),
  })
  let current: Omit<LaneStatus, 'lane' | 'breaker'> = { state: 'shipping', sinceMs: Date.now() }
  let failures = 0
  let throttles = 0
  /** The part of a full push that is tried: halved by each throttling, doubled by each success. */
  let share = 1

  return {
    settled(result) {
      switch (result.kind) {
        case 'shipped':
          failures = 0
          throttles = 0
          share = Math.min(1, share * 2)
          breaker.succeeded()
          become('shipping')
          return 0
        case 'late':
          return 0
        case 'settling':
          return result.waitMs
        case 'config':
          become('stopped', result.reason)
          return configRetryMs
        case 'throttled':
          throttles++
          share = Math.max(share / 2, 1 / maxRecords)
          become('throttled', result.reason)
          return pauseAfter(throttles)
        case 'ambiguous':
          // The first look after a doubt comes at once: mostly everything is there.
          return failures === 0 ? fail(result.reason, 0) : fail(result.reason)
        case 'transient':
        case 'unanswered':
          return fail(result.reason)
      }
    },
    failed: reason => fail(reason),
    pushLimits,
    leaseLimits: () => (breaker.state() === 'closed' ? pushLimits() : { maxRecords: 1, maxBytes: 1 }),
    throttled: () => throttles,
    isStuck: () => current.state === 'stopped' || breaker.state() !== 'closed',
    status,
  }

  function pushLimits(): PushLimits {
    return { maxRecords: Math.ceil(maxRecords * share), maxBytes: Math.ceil(maxBytes * share) }
  }

  function fail(reason: string, pauseMs?: number): number {
    failures++
    breaker.failed()
    become('retrying', reason)
    return pauseMs ?? Math.max(pauseAfter(failures), breaker.waitMs())
  }

  function pauseAfter(count: number): number {
    return backoffMs(count, { baseMs: retryDelayMs, maxMs: maxRetryDelayMs })
  }

  function become(state: LaneState, reason?: string): void {
    const changed = state !== current.state
    current = { state, reason, sinceMs: changed ? Date.now() : current.sinceMs }
    if (changed) onState(status())
  }

  function status(): LaneStatus {
    return { lane, breaker: breaker.state(), ...current }
  }
}
