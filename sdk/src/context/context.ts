import type { Config } from '../config.ts'
import type { RouteChange } from '../plugin.ts'
import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
import { randomId } from '../web/randomId.ts'
import type { WireAttributes, WireContext } from '../wire.ts'
import { followAddress, stripAddress } from './address.ts'
import { describeDevice } from './device.ts'
import { createSession } from './session.ts'

export interface Context {
  /** The same object until something in it changes. */
  current(): WireContext
  setUser(user: WireAttributes | undefined): void
  setCustom(custom: WireAttributes | undefined): void
  /** Ends the session without a trace: whatever comes next has another. */
  forgetSession(): void
  stop(): void
}

interface ContextOptions {
  config: Config
  clock: Clock
  store: LocalStore
  /** Called before a change takes effect: what was recorded until now belongs to the context as it is. */
  beforeChange: () => void
  /** Called when the address has changed, with both as records show them. */
  onRoute: (change: RouteChange) => void
}

type UserAgentNavigator = Navigator & { userAgentData?: { mobile?: boolean } }

/** Who and where: what all records of a batch have in common. */
export function startContext({ config, clock, store, beforeChange, onRoute }: ContextOptions): Context {
  const { document, navigator } = globalThis
  const { app, release, environment } = config
  const session = createSession(clock, store)
  const address = followAddress(beforeChange, onRoute)
  let context: WireContext = {
    app,
    release,
    environment,
    page: randomId(),
    ...describeDevice(navigator.userAgent, (navigator as UserAgentNavigator).userAgentData?.mobile),
    language: navigator.language,
    viewport: `${globalThis.innerWidth}x${globalThis.innerHeight}`,
  }
  if (document.referrer) context.referrer = stripAddress(document.referrer)

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
    forgetSession: session.forget,
    stop: address.stop,
  }
}
