/** One entry of an app's `origins`, ready to be compared with an Origin header in lower case. */
export type OriginPattern =
  | { any: true }
  /** `exact` as a browser serialises it, or `start` and `end` round one or more labels. */
  | { any: false; exact: string }
  | { any: false; start: string; end: string }

const wildcard = /^([a-z][a-z0-9+.-]*:\/\/)\*(\.[a-z0-9.-]+(?::\d+)?)$/
const otherScheme = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d+)?$/

/**
 * Reads `https://shop.example`, `https://*.shop.example` or `*`.
 * Returns a sentence about what is wrong where it is none of these.
 */
export function parseOriginPattern(text: string): OriginPattern | string {
  const pattern = text.trim().toLowerCase()
  if (pattern === '*') return { any: true }
  if (pattern === 'null') return 'null is the origin of every sandboxed frame and local file: it tells nobody apart'
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//.exec(pattern)?.[0]
  if (!scheme) return `it must start with its scheme, such as https://${pattern.slice(0, 100)}`
  if (pattern.includes('*')) return parseWildcard(pattern)
  if (scheme !== 'http://' && scheme !== 'https://')
    return otherScheme.test(pattern) ? { any: false, exact: pattern } : 'it must be a scheme and a host, without a path'
  const url = URL.parse(pattern)
  if (!url) return 'it is no address'
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash || pattern.endsWith('/'))
    return `an origin ends after host and port; did you mean ${url.origin}?`
  return { any: false, exact: url.origin }
}

export function matchesOrigin(pattern: OriginPattern, origin: string): boolean {
  if (pattern.any) return true
  if ('exact' in pattern) return origin === pattern.exact
  // The end keeps its dot and the start its scheme: neither evilshop.example nor a path or user name can imitate them.
  const { start, end } = pattern
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(origin.slice(start.length, -end.length))
}

function parseWildcard(pattern: string): OriginPattern | string {
  const match = wildcard.exec(pattern)
  if (!match) return 'a * stands for the first labels of the host only, as in https://*.shop.example'
  const [, start = '', end = ''] = match
  const host = URL.parse(`${start}x${end}`)?.hostname
  const labels = end.replace(/:\d+$/, '').split('.').filter(Boolean)
  if (!host || (labels.length < 2 && labels[0] !== 'localhost'))
    return 'it would allow a whole top-level domain; name the domain too, as in https://*.shop.example'
  // Browsers leave the default port out.
  return { any: false, start, end: end.replace(start === 'https://' ? /:443$/ : /:80$/, '') }
}
