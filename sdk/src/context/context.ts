import type { Config } from '../config.ts'
import type { BeaconError } from '../errors.ts'
import type { RouteChange } from '../plugin.ts'
import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
import { randomId } from '../web/randomId.ts'
import type { WireAttributes, WireContext } from '../wire.ts'
import { followAddress } from './address.ts'
import { describeDevice } from './device.ts'
import { createSession, type Session } from './session.ts'
import { createViews } from './view.ts'

export interface Context {
  /** The same object until something in it changes. */
  current(): WireContext
  setUser(user: WireAttributes | undefined): void
  setCustom(custom: WireAttributes | undefined): void
  session: Session
  stop(): void
}

interface ContextOptions {
  config: Config
  clock: Clock
  store: LocalStore
  showUrl: (address: string) => string
  /** A text without secrets. */
  redact: (text: string) => string
  /** There is no session then: nothing that would link two pages. */
  isPrivate: boolean
  /** Called before a change takes effect: what was recorded until now belongs to the context as it is. */
  beforeChange: () => void
  /** Called when the address has changed, with both as records show them. */
  onRoute: (change: RouteChange) => void
  report: (error: BeaconError) => void
}

/** Not in all engines, nor in TypeScript's. */
type ChromiumNavigator = Navigator & {
  userAgentData?: { mobile?: boolean }
  connection?: { effectiveType?: string }
  deviceMemory?: number
}

/** Who and where: what all records of a batch have in common. */
export function startContext(options: ContextOptions): Context {
  const { config, clock, store, showUrl, redact, isPrivate, beforeChange, onRoute, report } = options
  const { document, location } = globalThis
  const navigator: ChromiumNavigator = globalThis.navigator
  const { app, release, environment, key } = config
  const session = createSession({ clock, store: isPrivate ? withoutMemory(store) : store, key, ...config.session })
  if (isPrivate) session.forget()
  const views = createViews(config.route, redact, report)
  const address = followAddress(showUrl, beforeChange, (href, from) => {
    look(href)
    onRoute({ from, to: address.current() })
  })
  let context: WireContext = {
    app,
    release,
    environment,
    page: randomId(),
    ...describeDevice(navigator.userAgent, navigator.userAgentData?.mobile),
    language: navigator.language,
    memoryGb: navigator.deviceMemory,
  }
  if (document.referrer) context.referrer = showUrl(document.referrer)
  look(location.href)

  return {
    current() {
      const [url, visit] = [address.current(), isPrivate ? undefined : session.id()]
      if (url !== context.url || visit !== context.session) context = { ...context, url, session: visit }
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
    session,
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

/** What is there can be removed, and nothing is added. */
function withoutMemory({ removeItem }: LocalStore): Pick<LocalStore, 'getItem' | 'setItem' | 'removeItem'> {
  return { getItem: () => null, setItem: () => false, removeItem }
}
