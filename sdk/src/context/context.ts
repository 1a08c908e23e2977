import type { CoreConfig } from '../config.ts'
import type { RouteChange } from '../plugin.ts'
import { randomId } from '../web/randomId.ts'
import type { WireAttributes, WireContext } from '../wire.ts'
import { followAddress } from './address.ts'
import type { Device } from './device.ts'
import { createViews } from './view.ts'

export interface Context {
  /** The same object until something in it changes. */
  current(): WireContext
  setUser(user: WireAttributes | undefined): void
  setCustom(custom: WireAttributes | undefined): void
  /** Looks now whether the address has changed. */
  checkRoute(): void
  stop(): void
}

interface ContextOptions {
  config: Pick<CoreConfig, 'app' | 'release' | 'environment'>
  showUrl: (address: string) => string
  /** What an entry with all features knows beside. */
  device?: Device | undefined
  sessionId?: (() => string | undefined) | undefined
  nameRoute?: ((href: string) => string | undefined) | undefined
  /** Called before a change takes effect: what was recorded until now belongs to the context as it is. */
  beforeChange: () => void
  /** Called when the address has changed, with both as records show them. */
  onRoute: (change: RouteChange) => void
}

/** Not in all engines, nor in TypeScript's. */
type ChromiumNavigator = Navigator & {
  connection?: { effectiveType?: string }
  deviceMemory?: number
}

/** Who and where: what all records of a batch have in common. */
export function startContext(options: ContextOptions): Context {
  const { config, showUrl, device, sessionId, nameRoute, beforeChange, onRoute } = options
  const { document, location } = globalThis
  const navigator: ChromiumNavigator = globalThis.navigator
  const { app, release, environment } = config
  const views = createViews(nameRoute)
  const address = followAddress(showUrl, beforeChange, (href, from) => {
    look(href)
    onRoute({ from, to: address.current() })
  })
  let context: WireContext = {
    app,
    release,
    environment,
    page: randomId(),
    ...device,
    language: navigator.language,
    memoryGb: navigator.deviceMemory,
  }
  if (document.referrer) context.referrer = showUrl(document.referrer)
  look(location.href)

  return {
    current() {
      const [url, session] = [address.current(), sessionId?.()]
      if (url !== context.url || session !== context.session) context = { ...context, url, session }
      return context
    },
    setUser(user) {
      beforeChange()
      context = { ...context, user }
    },
    setCustom(custom) {
      beforeChange()
      context = { ...context, custom }
    },
    checkRoute: address.check,
    stop: address.stop,
  }

  /** What may be another in the next view is looked up then, and costs nothing in between. */
  function look(href: string): void {
    const view = views(href)
    if (!view) return
    const viewport = `${globalThis.innerWidth}x${globalThis.innerHeight}`
    context = { ...context, ...view, viewport, connection: navigator.connection?.effectiveType }
  }
}
