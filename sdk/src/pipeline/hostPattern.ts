import { plain } from './secretKeys.ts'
import { redacted } from './textRules.ts'

/** A text that an expression looks at for longer is a strike against it, in ms; after so many of them it has a limit. */
const slowMs = 50
const maxStrikes = 3

/**
 * An expression of the host, whatever its flags. One that is slow can't be stopped, and must not be left out: from then on
 * texts as long as those that it was slow on are replaced as a whole, as are those on which it fails.
 */
export function createHostPattern(
  pattern: RegExp,
  monotonicMs: () => number,
  onFault: (fault: string) => void,
): (text: string) => string {
  const everywhere = plain(pattern, 'g')
  let maxChars = Number.POSITIVE_INFINITY
  let slowestChars = maxChars
  let strikes = 0
  return text => {
    if (text.length >= maxChars) return redacted
    const startMs = monotonicMs()
    // What matches nothing at all, as `a*` does, has nothing to replace.
    const result = text.replace(everywhere, match => match && redacted)
    if (monotonicMs() - startMs > slowMs) {
      slowestChars = Math.min(slowestChars, text.length)
      if (++strikes === maxStrikes) {
        maxChars = slowestChars
        onFault(`${pattern} is too slow: longer texts are redacted as a whole`)
      }
    }
    return result
  }
}
