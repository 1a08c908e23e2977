import type { Config } from '../config.ts'
import type { HookFault } from '../hookFault.ts'

/** Longest name of a route, in characters. */
const maxRouteChars = 200

/** The host's own name for an address, behind a guard. */
export function createRouteNamer(
  route: NonNullable<Config['route']>,
  redact: (text: string) => string,
  hookFault: HookFault,
): (href: string) => string | undefined {
  const onFault = hookFault('route', 'records go without')
  return href => {
    try {
      const given: unknown = route(new URL(href))
      return typeof given === 'string' && given ? redact(given).slice(0, maxRouteChars) : undefined
    } catch (cause) {
      onFault(cause)
      return undefined
    }
  }
}
