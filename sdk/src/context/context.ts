import type { Config } from '../config.ts'
import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
import { randomId } from '../web/randomId.ts'
import type { WireAttributes, WireContext } from '../wire.ts'
import { followAddress } from './address.ts'
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
  showUrl: (address: string) => string
  /** There is no session then: nothing that would link two pages. */
  isPrivate: boolean
  /** Called before a change takes effect: what was recorded until now belongs to the context as it is. */
  beforeChange: () => void
}

type UserAgentNavigator = Navigator & { userAgentData?: { mobile?: boolean } }

/** Who and where: what all records of a batch have in common. */
export function startContext(options: ContextOptions): Context {
  const { config, clock, store, showUrl, isPrivate, beforeChange } = options
  const { document, navigator } = globalThis
  const { app, release, environment } = config
  const session = createSession(clock, store)
  if (isPrivate) session.forget()
  const address = followAddress(showUrl, beforeChange)
  let context: WireContext = {
    app,
    release,
    environment,
    page: randomId(),
    ...describeDevice(navigator.userAgent, (navigator as UserAgentNavigator).userAgentData?.mobile),
    language: navigator.language,
    viewport: `${globalThis.innerWidth}x${globalThis.innerHeight}`,
  }
  if (document.referrer) context.referrer = showUrl(document.referrer)

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
    forgetSession: session.forget,
    stop: address.stop,
  }
}
