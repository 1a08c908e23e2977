import type { Plugin, PluginHost } from '../plugin.ts'
import { listen } from '../web/listen.ts'
import { createFirstOfEach } from './firstOfEach.ts'
import { showPlace } from './showPlace.ts'

/** Scripts, styles, images, media and fonts that fail to load: each address once, and so many a page. */
export const resources: Plugin = {
  name: 'resources',
  enabled: true,
  start(host) {
    const isFirst = createFirstOfEach()
    const stops = [
      // It does not bubble, but who captures on the window hears of it.
      listen(
        globalThis.window,
        ['error'],
        host.guard(({ target }: Event) => {
          const { nodeType, localName: tag } = (target ?? {}) as Partial<Element>
          const address = nodeType === 1 && addressOf(target as FailedElement)
          if (!address || !tag || host.isOwnRequest(address)) return
          const { rel } = target as FailedElement
          report(host, isFirst, tag, { url: showPlace(host, address), rel: rel || undefined })
        }),
      ),
      listen(
        document.fonts as FontFaceSet | undefined,
        ['loadingerror'],
        host.guard(({ fontfaces }: FontFaceSetLoadEvent) => {
          for (const { family } of fontfaces) report(host, isFirst, 'font', { family })
        }),
      ),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  },
}

function report(
  host: PluginHost,
  isFirst: ReturnType<typeof createFirstOfEach>,
  tag: string,
  about: { url?: string; rel?: string; family?: string },
): void {
  if (!isFirst(tag, about.url ?? about.family)) return
  const message = `failed to load ${tag}`
  const isNeeded = tag === 'script' || /\bstylesheet\b/i.test(about.rel ?? '')
  host.record({ kind: 'log', level: isNeeded ? 'error' : 'warn', message, attributes: { tag, ...about } })
  host.breadcrumb({ category: 'resource', message: `${message} ${about.url ?? about.family}` })
}

/** What elements call the address of what they load. */
interface FailedElement extends Element {
  currentSrc?: string
  src?: string
  href?: string | { baseVal: string }
  data?: string
  rel?: string
}

function addressOf(element: FailedElement): string | undefined {
  const { currentSrc, src, href, data } = element
  // A template with nothing to fill in: some engines take it for the page itself.
  if (element.getAttribute('src') === '') return undefined
  return currentSrc || src || (typeof href === 'object' ? resolve(href.baseVal) : href) || data
}

/** SVG gives it as it was written. An anchor resolves it, and unlike `URL` it never throws. */
function resolve(address: string): string {
  return Object.assign(document.createElement('a'), { href: address }).href
}
