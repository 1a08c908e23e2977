import fc from 'fast-check'
import type { Level } from '../../../sdk/src/wire.ts'
import type { BrowserEngine } from '../../support/browsers.ts'
import type { Script } from '../../support/intake.ts'

/** What can happen next. `tab` is taken modulo the number of tabs; where none is open, one is opened. */
export type Operation =
  | { do: 'log'; tab: number; level: Level; count: number; padChars: number }
  /** An error that nobody catches. */
  | { do: 'throw'; tab: number }
  | { do: 'flush' | 'hide' | 'show' | 'leave' | 'back' | 'close'; tab: number }
  | { do: 'open' }
  /** After a pause; in a context the tab's own process, on a profile the browser with all of its tabs. */
  | { do: 'kill'; tab: number; afterMs: number }
  /** The relay goes away, or comes back. */
  | { do: 'down'; signal: 'SIGKILL' | 'SIGTERM' }
  | { do: 'up' }
  | { do: 'restart'; signal: 'SIGKILL' | 'SIGTERM' }
  /** The next requests are answered so. */
  | { do: 'fault'; fault: Fault; times: number }
  | { do: 'wait'; ms: number }

export type Fault = '429' | '503' | '500' | 'reset' | 'resetAfterStore' | 'hang' | 'unknownKey'

export interface Scenario {
  /** The relay itself before Loki, or an intake that fails on demand. */
  upstream: 'relay' | 'intake'
  /** Tabs of a fresh context, or of a browser on a profile of its own that can be killed and started again. */
  home: 'context' | 'profile'
  /** A small one overflows; then no page dies, whose records would become leftovers that another page drops. */
  buffer: 'large' | 'small'
  /**
   * Larger requests are answered 413, as long as the run lasts: a limit that comes and goes would let a batch pass
   * whose halves are on their way. Of an intake only.
   */
  limitBytes?: number
  operations: Operation[]
}

/** Some requests are larger, a single record never is. */
const limitBytes = fc.constantFrom(undefined, undefined, undefined, 4000)

export const faults: Record<Fault, Script> = {
  429: { status: 429, code: 'rate_limited', retryAfter: '1' },
  503: { status: 503, code: 'overloaded' },
  500: { status: 500, code: 'internal' },
  reset: 'reset',
  resetAfterStore: 'resetAfterStore',
  hang: 'hang',
  unknownKey: { status: 401, code: 'unknown_key' },
}

const tab = fc.nat(2)
const signal = fc.constantFrom('SIGKILL' as const, 'SIGTERM' as const)
const level = fc.constantFrom<Level>('debug', 'info', 'warn', 'error')

const log = fc.record({
  do: fc.constant('log' as const),
  tab,
  level,
  count: fc.oneof({ arbitrary: fc.integer({ min: 1, max: 20 }), weight: 4 }, { arbitrary: fc.nat(1500), weight: 1 }),
  padChars: fc.oneof({ arbitrary: fc.nat(50), weight: 3 }, { arbitrary: fc.nat(800), weight: 1 }),
})
const onTab = (...names: ('flush' | 'hide' | 'show' | 'leave' | 'back' | 'close')[]) =>
  fc.record({ do: fc.constantFrom(...names), tab })
const toRelay: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constant('down' as const), signal }),
  fc.record({ do: fc.constant('up' as const) }),
  fc.record({ do: fc.constant('restart' as const), signal }),
)
const fault = (...names: Fault[]) =>
  fc.record({
    do: fc.constant('fault' as const),
    fault: fc.constantFrom(...names),
    times: fc.integer({ min: 1, max: 4 }),
  })
const anyFault = fault('429', '503', '500', 'reset', 'resetAfterStore', 'hang', 'unknownKey')
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.nat(600) })
const kill = fc.record({ do: fc.constant('kill' as const), tab, afterMs: fc.constantFrom(0, 1500) })
const thrown = fc.record({ do: fc.constant('throw' as const), tab })
const open = fc.record({ do: fc.constant('open' as const) })

/** What one page and its relay can go through. */
const onePage = [
  { arbitrary: log, weight: 8 },
  { arbitrary: thrown, weight: 1 },
  { arbitrary: onTab('flush'), weight: 1 },
  { arbitrary: onTab('hide', 'show'), weight: 3 },
  { arbitrary: wait, weight: 2 },
  { arbitrary: toRelay, weight: 2 },
]
const severalPages = [
  ...onePage,
  { arbitrary: onTab('leave', 'back', 'close'), weight: 5 },
  { arbitrary: open, weight: 2 },
]

/** WebKit keeps nothing when it is driven, and Firefox has no command that kills a tab: those are not killed here. */
const killedIn: Record<Scenario['home'], readonly BrowserEngine[]> = {
  context: ['chromium'],
  profile: ['chromium', 'firefox'],
}

export function anyScenario(engine: BrowserEngine): fc.Arbitrary<Scenario> {
  const scenario = (
    fixed: Pick<Scenario, 'upstream' | 'home' | 'buffer'>,
    choices: { arbitrary: fc.Arbitrary<Operation>; weight: number }[],
  ) => {
    const mayKill = fixed.buffer === 'large' && killedIn[fixed.home].includes(engine)
    return fc.record({
      upstream: fc.constant(fixed.upstream),
      home: fc.constant(fixed.home),
      buffer: fc.constant(fixed.buffer),
      limitBytes: fixed.upstream === 'intake' ? limitBytes : fc.constant(undefined),
      operations: fc.array(fc.oneof(...choices, { arbitrary: kill, weight: mayKill ? 2 : 0 }), {
        minLength: 5,
        maxLength: 16,
        size: 'max',
      }),
    })
  }
  const large = { buffer: 'large', home: 'context' } as const
  const whole = [...severalPages, { arbitrary: anyFault, weight: 3 }]
  const small = [...onePage, { arbitrary: fault('429', '503', '500', 'reset', 'resetAfterStore', 'hang'), weight: 3 }]
  return fc.oneof(
    { arbitrary: scenario({ upstream: 'intake', ...large }, whole), weight: 10 },
    { arbitrary: scenario({ upstream: 'intake', home: 'context', buffer: 'small' }, small), weight: 4 },
    { arbitrary: scenario({ upstream: 'relay', ...large }, severalPages), weight: 3 },
    {
      arbitrary: scenario({ upstream: 'intake', home: 'profile', buffer: 'large' }, whole),
      weight: killedIn.profile.includes(engine) ? 2 : 0,
    },
  )
}
