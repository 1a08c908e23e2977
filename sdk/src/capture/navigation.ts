import type { Plugin } from '../plugin.ts'
import { listen } from '../web/listen.ts'
import { patchMethod } from '../web/patchMethod.ts'

/** A router that keeps its routes in the fragment, which no shown address has. */
const fragmentRoute = /^#!?\//

/** How long the page took to load, and where within it the user went from there. */
export const navigation: Plugin = {
  name: 'navigation',
  enabled: true,
  start(host) {
    const { document, location } = globalThis
    let cancel = () => {}
    const record = () => {
      const [entry] = performance.getEntriesByType?.('navigation') ?? []
      if (!entry) return
      host.record({
        kind: 'measurement',
        level: 'info',
        message: 'navigation',
        values: timesOf(entry as PrerenderedNavigation),
        attributes: { type: typeOf(entry as PrerenderedNavigation) },
      })
    }
    // The event is a part of what is measured: its end is known in the task after it.
    const recordSoon = host.guard(() => {
      cancel()
      if (document.readyState === 'complete' && !isPrerendering()) cancel = host.after(0, record)
    })
    const stops = [
      listen(globalThis.window, ['load'], recordSoon),
      listen(document, ['prerenderingchange'], recordSoon),
    ]
    // Without the Navigation API no event tells of these.
    if (!(globalThis as { navigation?: unknown }).navigation)
      for (const name of ['pushState', 'replaceState'])
        stops.push(
          patchMethod(globalThis.history, name, call => {
            call.after = host.checkRoute
          }),
        )
    recordSoon()
    host.breadcrumb({ category: 'navigation', message: host.showUrl(location.href) })
    host.onRoute(({ from, to }) => {
      if (from === to && !fragmentRoute.test(location.hash)) return
      host.record({ kind: 'event', level: 'info', message: 'route_change', attributes: { from, to } })
      host.breadcrumb({ category: 'navigation', message: to, data: { from } })
    })
    return () => {
      cancel()
      for (const stop of stops) stop()
    }
  },
}

/** https://wicg.github.io/nav-speculation/prerendering.html */
type PrerenderedNavigation = PerformanceNavigationTiming & { activationStart?: number }

function isPrerendering(): boolean {
  return (document as { prerendering?: boolean }).prerendering === true
}

function typeOf({ type, activationStart }: PrerenderedNavigation): string {
  return activationStart ? 'prerender' : type
}

/** In ms, and KB of 1000 bytes; what the browser does not tell is not there. */
function timesOf(entry: PrerenderedNavigation): Record<string, number> {
  const { activationStart = 0, transferSize } = entry
  const values: Record<string, number> = {}
  set('redirect', entry.redirectEnd - entry.redirectStart, entry.redirectEnd)
  set('dns', entry.domainLookupEnd - entry.domainLookupStart, entry.domainLookupEnd)
  set('connect', entry.connectEnd - entry.connectStart, entry.connectEnd)
  set('tls', entry.connectEnd - entry.secureConnectionStart, entry.secureConnectionStart)
  setSinceShown('ttfb', entry.responseStart)
  setSinceShown('domInteractive', entry.domInteractive)
  setSinceShown('domContentLoaded', entry.domContentLoadedEventEnd)
  setSinceShown('load', entry.loadEventEnd)
  set('transferKb', transferSize / 1000, 1)
  return values

  /** A prerendered page may have been ready before anybody asked for it. */
  function setSinceShown(name: string, atMs: number): void {
    set(name, Math.max(0, atMs - activationStart), atMs)
  }

  /** The time stamp of what did not happen is 0. */
  function set(name: string, value: number, atMs: number): void {
    if (atMs > 0 && value >= 0 && Number.isFinite(value)) values[name] = Math.round(value * 10) / 10
  }
}
