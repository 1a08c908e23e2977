import { withoutLabels } from '../lane.ts'
import type { PushResult } from './lokiClient.ts'

/**
 * What became of a push, and so what is to be done about it.
 *
 * - `delivered`: all of it is stored.
 * - `transient`: nothing was stored; the same again later.
 * - `ambiguous`: nobody knows; look before pushing again.
 * - `throttled`: later, and less at once; `partly` when some of it may be stored.
 * - `tooLarge`: nothing was stored, and never will be in this size.
 * - `poisonEntry`: some entries can never be stored, all others were.
 * - `poisonPush`: nothing was stored because of some entries.
 * - `config`: nothing was stored, and nothing will until an operator changes something.
 */
export type PushOutcomeKind =
  | 'delivered'
  | 'transient'
  | 'ambiguous'
  | 'throttled'
  | 'tooLarge'
  | 'poisonEntry'
  | 'poisonPush'
  | 'config'

export interface PushOutcome {
  kind: PushOutcomeKind
  /** For people: Loki's words, bounded, or the network's. */
  reason: string
  /** Loki may have stored a part. */
  partly?: boolean
  /** Nothing known: it may as well be a proxy's trouble with all pushes. */
  unsure?: boolean
  /** What we talked to is gone, or was for a moment: it may have crashed. Not said of one that is merely slow. */
  cutOff?: boolean
  /** The rate that was exceeded, in bytes a second. */
  limitBytes?: number
}

interface Rule {
  statuses: readonly number[]
  text?: RegExp
  kind: PushOutcomeKind
  partly?: boolean
  unsure?: boolean
  cutOff?: boolean
}

/**
 * The first that fits. The texts are those of Loki 3.7
 * (https://github.com/grafana/loki/blob/v3.7.8/pkg/validation/validate.go and `pkg/distributor/`), as it answered them.
 */
const rules: readonly Rule[] = [
  { statuses: [204], kind: 'delivered' },
  // Loki's words of a tenant or a stream that is refused as such: no entry is better than another.
  { statuses: [400], text: /org id|tenant id|unsupported character|missing required labels/i, kind: 'config' },
  { statuses: [400], text: /parse labels|parsing labels|label (name|value|names)|label pair/i, kind: 'config' },
  { statuses: [400], text: /structured metadata, but this feature is disallowed/i, kind: 'config' },
  {
    statuses: [400],
    text: /timestamp too (old|new)|too far behind|out of order|max entry size|structured metadata/i,
    kind: 'poisonEntry',
    partly: true,
  },
  // The words of Go's server, and nginx's.
  { statuses: [400], text: /HTTP request (to an HTTPS|was sent to HTTPS)/i, kind: 'config' },
  { statuses: [400], kind: 'poisonPush', unsure: true },
  { statuses: [422], kind: 'poisonPush', unsure: true },
  { statuses: [413], kind: 'tooLarge' },
  // Without sharding the entries before the one that broke the limit are stored.
  { statuses: [429], text: /per stream rate limit|entry with timestamp/i, kind: 'throttled', partly: true },
  { statuses: [429], kind: 'throttled' },
  { statuses: [500], text: /ResourceExhausted.*larger than max/is, kind: 'tooLarge' },
  { statuses: [500], text: /label name is empty|resulted in invalid name/i, kind: 'poisonPush' },
  { statuses: [500], text: /empty ring/i, kind: 'transient', cutOff: true },
  { statuses: [408, 499], kind: 'ambiguous' },
  { statuses: [502, 503], kind: 'ambiguous', cutOff: true },
]

const maxReasonLength = 300

export function classifyPush(result: PushResult): PushOutcome {
  if (result.failure === 'request') return { kind: 'config', reason: result.reason }
  if (result.failure === 'network') {
    const { reason, bodySent, gaveUp } = result
    return { kind: bodySent ? 'ambiguous' : 'transient', reason, cutOff: !(bodySent && gaveUp) }
  }
  const { status, text, location } = result
  const shown = location ? `to ${location}` : text
  const reason = `${status} ${shown.trim().replaceAll(/\s+/g, ' ')}`.trim().slice(0, maxReasonLength)
  const words = withoutLabels(text)
  const rule = rules.find(rule => rule.statuses.includes(status) && (!rule.text || rule.text.test(words)))
  if (!rule) return { kind: status >= 500 ? 'ambiguous' : 'config', reason }
  const { kind, partly, unsure, cutOff } = rule
  const limit = kind === 'throttled' ? /limit: (\d+) bytes\/sec/.exec(text)?.[1] : undefined
  return { kind, reason, partly, unsure, cutOff, limitBytes: limit ? Number(limit) : undefined }
}
