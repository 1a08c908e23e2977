/**
 * For pages that load the SDK with a script tag: pasted inline before it, this stands in until the bundle arrives.
 *
 * `lokiBeacon.trace` to `fatal`, `event`, `measure`, all that begins with `set`, `with` and `init` can be called at once; the
 * calls wait, with uncaught errors and rejections, each with its time, and the bundle replays them. Attributes are
 * read then and not before. Above 100 of them the rest is counted and forgotten, but for `init` and `setConsent`. `flush`
 * answers false, and where the bundle never comes nothing else ever happens.
 */

type Entry = [wallMs: number, method: string, args: unknown[], bound: unknown[]]

/** What the bundle finds, and takes over by replacing `push`. */
interface Queue {
  entries: Entry[]
  /** Records that found no room. */
  missed: number
  push(entry: Entry): void
}

const maxEntries = 100
const alwaysKept = /^init|Consent/
const noRecord = /^(init|set)/
const methods =
  'init trace debug info warn error fatal captureError record event measure setUser setContext setMinLevel setConsent'

if (typeof window !== 'undefined' && !('lokiBeacon' in window)) {
  const queue: Queue = {
    entries: [],
    missed: 0,
    push(entry) {
      if (queue.entries.length < maxEntries || alwaysKept.test(entry[1])) queue.entries.push(entry)
      else if (!noRecord.test(entry[1])) queue.missed++
    },
  }
  const stub = (bound: unknown[]): Record<string, (...args: unknown[]) => unknown> => {
    const logger: ReturnType<typeof stub> = {
      // The bundle makes the first stub the logger; what is the same for all of them a child asks of it.
      with: (attributes: unknown) => ({
        ...stub([...bound, attributes]),
        flush: () => first.flush!(),
        close: () => first.close!(),
        stats: () => first.stats!(),
      }),
      flush: () => Promise.resolve(false),
      close: () => Promise.resolve(),
      stats() {
        const pending = queue.entries.filter(([, method]) => !noRecord.test(method)).length
        return {
          created: pending + queue.missed,
          delivered: 0,
          dropped: { buffer_overflow: queue.missed },
          pending,
          bytes: 0,
          breaker: 'closed',
          persistence: 'none',
        }
      },
    }
    for (const method of methods.split(' ')) {
      logger[method] = (...args: unknown[]) => {
        queue.push([Date.now(), method, args, bound])
        return method === 'init' ? logger : undefined
      }
    }
    return logger
  }
  const keep = (event: Event) => queue.push([Date.now(), '', [event], []])
  addEventListener('error', keep)
  addEventListener('unhandledrejection', keep)
  const first = stub([])
  Object.assign(window, { lokiBeacon: Object.assign(first, { queue }) })
}

export {}
