import { matchesOrigin, type OriginPattern, parseOriginPattern } from '../originPattern.ts'

/** Longer ones are nobody's origin. */
const maxOriginChars = 512

/** Says whether a caller with this Origin header, or without any, may send. The patterns are those of a checked configuration. */
export function createOriginCheck(patterns: readonly string[]): (origin: string | undefined) => boolean {
  const parsed = patterns
    .map(parseOriginPattern)
    .filter((pattern): pattern is OriginPattern => typeof pattern !== 'string')
  const any = parsed.some(pattern => pattern.any)
  return origin => {
    if (any) return origin === undefined || origin.length <= maxOriginChars
    if (origin === undefined || origin.length > maxOriginChars) return false
    const lower = origin.toLowerCase()
    return parsed.some(pattern => matchesOrigin(pattern, lower))
  }
}
