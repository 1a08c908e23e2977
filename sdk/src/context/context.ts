import type { Config } from '../config.ts'
import type { BeaconError } from '../errors.ts'
import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
import { randomId } from '../web/randomId.ts'
import type { WireAttributes, WireContext } from '../wire.ts'
import { followAddress, stripAddress } from './address.ts'
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
  /** Called before a change takes effect: what was recorded until now belongs to the context as it is. */
  beforeChange: () => void
  report: (error: BeaconError) => void
}

/** Not in all engines, nor in TypeScript's. */
type ChromiumNavigator = Navigator & {
  userAgentData?: { mobile?: boolean }
  connection?: { effectiveType?: string }
  deviceMemory?: number
}

/** Who and where: what all records of a batch have in common. */
export function startContext({ config, clock, store, beforeChange, report }: ContextOptions): Context {
  const { document, location } = globalThis
  const navigator: ChromiumNavigator = globalThis.navigator
  const { app, release, environment, key } = config
  const session = createSession({ clock, store, key, ...config.session })
  const views = createViews(config.route, report)
  const address = followAddress(beforeChange, look)
  let context: WireContext = {
    app,
    release,
    environment,
    page: randomId(),
    ...describeDevice(navigator.userAgent, navigator.userAgentData?.mobile),
    language: navigator.language,
    memoryGb: navigator.deviceMemory,
  }
  if (document.referrer) context.referrer = stripAddress(document.referrer)
  look(location.href)

  return {
    current() {
      const [url, visit] = [address.current(), session.id()]
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
