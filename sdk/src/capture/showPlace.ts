import type { PluginHost } from '../plugin.ts'

/** Longest text that is no address, in characters. */
const maxChars = 128

/** An address as records show it; what is none, such as `inline`, `eval` or `moz-extension`, as it is. */
export function showPlace(host: Pick<PluginHost, 'showUrl'>, place: string | null | undefined): string | undefined {
  if (!place) return undefined
  if (place.startsWith('data:')) return 'data:'
  return place.includes('://') ? host.showUrl(place) : place.replace(/[?#].*/s, '').slice(0, maxChars)
}
