import type { Consent } from '../batch.ts'
import type { Beacon } from '../start.ts'
import { guard } from '../web/guard.ts'
import type { Logger } from './logger.ts'

/** A call that the inline loader kept, or with '' as the method an event; see `loader.ts`. */
type Entry = [wallMs: number, method: keyof Logger | 'init' | '', args: unknown[], bound: object[]]

interface Early {
  queue?: { entries: Entry[]; missed: number; push(entry: Entry): void }
}

/** What the page last said to the inline loader of consent, since what begins as granted writes to the device at once. */
export function earlyConsent(given: Consent): Consent {
  const entries = findEarly()?.queue?.entries ?? []
  return entries.reduce(
    (consent, [, method, args]) => (method === 'setConsent' ? (args[0] as Consent) : consent),
    given,
  )
}

/**
 * Gives a page's first logger what the inline loader kept since the page began, each with its time, and makes the
 * loader's stand-in, of which the page may hold references, that logger.
 */
export function replayEarly(logger: Logger, beacon: Beacon): void {
  const early = findEarly()
  const queue = early?.queue
  if (!queue) return
  delete early.queue
  Object.assign(early, logger)
  beacon.miss(queue.missed)
  for (const entry of queue.entries) run(entry)
  // Children made before still call it. Events are heard by the SDK itself now.
  queue.push = entry => entry[1] && run(entry)

  function run([wallMs, method, args, bound]: Entry): void {
    // One that can't be replayed, as a loader of another release may have kept it, costs itself alone.
    const replay = guard(() => {
      if (!method) return beacon.captureEarly(args[0] as Event)
      if (method === 'init') return
      const child = bound.reduce<Logger>((parent, attributes) => parent.with(attributes), logger)
      ;(child[method] as (...args: unknown[]) => void)(...args)
    }, beacon.fail)
    beacon.backdate(wallMs, replay)
  }
}

function findEarly(): Early | undefined {
  return (globalThis as { lokiBeacon?: Early }).lokiBeacon
}
