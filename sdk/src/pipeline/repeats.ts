import type { NativeMethods } from '../web/nativeMethods.ts'
import type { WireRecord } from '../wire.ts'
import type { Stage } from './stage.ts'

interface RepeatsOptions {
  /** Equal exceptions that pass in a minute. */
  perFingerprint: number
  /** Takes the record that tells of those which did not. */
  tellOf: (sample: WireRecord, repeated: number) => void
  monotonicMs: () => number
  native: Pick<NativeMethods, 'setTimeout' | 'clearTimeout'>
}

export interface Repeats {
  stage: Stage
  /** Tells at once of what was dropped so far. */
  tell(): void
}

interface Equal {
  count: number
  /** The first that was dropped. */
  sample?: WireRecord
}

const windowMs = 60_000
/** Different exceptions that are watched in a minute: what comes on top passes. */
const maxFingerprints = 500

/**
 * One fault in a loop must not cost its page, its network and its Loki a record each time: of equal exceptions that
 * nobody logged some pass in a minute, and at the end of it one record tells how many there were beside.
 */
export function createRepeats({ perFingerprint, tellOf, monotonicMs, native }: RepeatsOptions): Repeats {
  let equals = new Map<string, Equal>()
  let startMs = 0
  let timer: number | undefined
  return {
    stage(record) {
      const { kind, mechanism, fingerprint, repeated } = record
      if (kind !== 'exception' || mechanism === 'log' || !fingerprint || repeated) return record
      const nowMs = monotonicMs()
      if (nowMs - startMs >= windowMs) {
        tell()
        equals = new Map()
        startMs = nowMs
      }
      const equal = equals.get(fingerprint) ?? { count: 0 }
      if (equals.size < maxFingerprints) equals.set(fingerprint, equal)
      if (++equal.count <= perFingerprint) return record
      equal.sample ??= record
      // Only where there is something to tell: an idle page has no timer.
      timer ??= native.setTimeout(tell, startMs + windowMs - nowMs)
      return 'repeated'
    },
    tell,
  }

  function tell(): void {
    native.clearTimeout(timer)
    timer = undefined
    for (const equal of equals.values()) {
      const { sample, count } = equal
      if (!sample) continue
      equal.sample = undefined
      // The others of this minute are still above the limit.
      equal.count = perFingerprint
      tellOf(sample, count - perFingerprint)
    }
  }
}
