import type { PluginHost } from '../plugin.ts'

/** An address as records show it; what is none, such as `inline`, `eval` or `moz-extension`, as it is. */
export function showPlace(host: Pick<PluginHost, 'showUrl'>, place: string | null | undefined): string | undefined {
  if (!place) return undefined
  return /^[\w.+-]+:\/\//.test(place) ? host.showUrl(place) : place.replace(/^(data|blob):.*/s, '$1:').slice(0, 128)
}
