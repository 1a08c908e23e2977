import { readFileSync } from 'node:fs'
import { clientDropReasons } from '../../../relay/src/outcomes.ts'

type Series = [labels: Record<string, string>, value: number]
type Bounds = [low: number, high: number]

/** `now`: as it is; `perWindow`: of a rate, what came within the window; `between`: what only a clock can tell. */
export type Expected =
  | { now: Series[] }
  | { perWindow: Series[] }
  | { between: Bounds | ((before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) => Bounds) }

const { version } = JSON.parse(readFileSync(new URL('../../../relay/package.json', import.meta.url), 'utf8')) as {
  version: string
}

const now = (value: number): Expected => ({ now: [[{}, value]] })
const perWindow = (value: number): Expected => ({ perWindow: [[{}, value]] })
const zero = (label: string, names: readonly string[]): Series[] => names.map(name => [{ [label]: name }, 0])
const maxBytes = 64 * 1024 ** 2

/** What each query has to answer after `sendSome` of the test, by panel. */
export const relayAnswers: Record<string, Expected[]> = {
  'Oldest record that waits': [now(0)],
  'Spool in use': [{ between: [0.0001, 0.05] }],
  'Stopped lanes': [now(0)],
  'Accepted and not stored': [now(0)],
  'In quarantine': [now(0)],
  'Lost by Loki': [now(0)],
  // The second time the bad line is rejected again, and the two records are known.
  Outcomes: [perWindow(6), perWindow(2), perWindow(2), perWindow(2)],
  'Rejected by reason': [
    {
      perWindow: [
        [{ reason: 'invalid_json' }, 2],
        ...zero('reason', ['invalid_record', 'too_large', 'too_deep', 'quarantined', 'expired', 'damaged']),
      ],
    },
  ],
  'Dropped by pages, by reason': [
    {
      perWindow: [
        [{ reason: 'too_old' }, 3],
        ...zero(
          'reason',
          clientDropReasons.filter(reason => reason !== 'too_old'),
        ),
      ],
    },
  ],
  'Records that wait': [now(0)],
  'Bytes by app': [{ now: zero('app', ['shop', 'blog']) }],
  'Room that is left': [{ between: [0.95 * maxBytes, maxBytes] }],
  'Lanes by state': [{ now: zero('state', ['shipping', 'retrying', 'throttled', 'stopped']) }],
  'Pushes by result': [{ perWindow: [[{ result: 'delivered' }, 1]] }],
  'Time of a push': [0.5, 0.95, 0.99].map(q => ({ between: quantileIn('push_duration_seconds', q) })),
  'Answers by status': [
    {
      perWindow: [
        [{ status: '202' }, 2],
        [{ status: '401' }, 1],
        [{ status: '429' }, 1],
      ],
    },
  ],
  'Time of an answer': [0.5, 0.95, 0.99].map(q => ({ between: quantileIn('request_duration_seconds', q) })),
  'Over limits': [{ perWindow: [[{ app: 'blog', limit: 'records_per_day' }, 1]] }],
  'Batches by app': [
    {
      perWindow: [
        [{ app: 'shop' }, 1],
        [{ app: 'blog' }, 0],
      ],
    },
  ],
  Memory: [{ between: [20e6, 2e9] }],
  Processor: [{ between: [0.00001, 2] }],
  Versions: [{ now: [[{ version }, 1]] }],
}

/**
 * From the bucket that holds the quantile of what was observed between two looks at the relay's own figures, up to that
 * of the slowest ever: of so few, Prometheus guesses each bucket's share from before the first scrape a little otherwise.
 */
function quantileIn(name: string, quantile: number) {
  return (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Bounds => {
    const counts = new Map<number, number>()
    const ever = new Map<number, number>()
    for (const [sample, value] of after) {
      const [, le] = new RegExp(`^loki_beacon_${name}_bucket\\{le="([^"]+)"`).exec(sample) ?? []
      if (le === undefined) continue
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
      ever.set(bound, (ever.get(bound) ?? 0) + value)
      counts.set(bound, (counts.get(bound) ?? 0) + value - (before.get(sample) ?? 0))
    }
    const bounds = [...counts.keys()].sort((a, b) => a - b)
    const rank = quantile * counts.get(Number.POSITIVE_INFINITY)!
    const place = bounds.findIndex(bound => counts.get(bound)! >= rank)
    const slowest = bounds.find(bound => ever.get(bound) === ever.get(Number.POSITIVE_INFINITY))!
    return [bounds[place - 1] ?? 0, slowest]
  }
}
