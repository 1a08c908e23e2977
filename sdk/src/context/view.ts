import type { Config } from '../config.ts'
import type { BeaconError } from '../errors.ts'
import { createHookFault } from '../hookFault.ts'
import { randomId } from '../web/randomId.ts'
import type { WireContext } from '../wire.ts'

export type View = Pick<WireContext, 'view' | 'route'>

/** Longest name of a route, in characters. */
const maxRouteChars = 200

/**
 * Tells views of a page apart: asked at each change of the address, it answers with the new view, or with nothing where
 * only the query or an anchor has changed. The fragment of a router (`#/cart`, `#!/cart`) counts as a path.
 */
export function createViews(
  nameRoute: Config['route'],
  redact: (text: string) => string,
  report: (error: BeaconError) => void,
): (href: string) => View | undefined {
  let place: string | undefined
  let route: string | undefined
  const onFault = createHookFault(report, 'route failed: records go without')

  return href => {
    const nextPlace = href.replace(/#(?!!?\/).*|\?[^#]*/gs, '')
    const nextRoute = nameRoute && routeOf(nameRoute, href)
    if (nextPlace === place && nextRoute === route) return undefined
    place = nextPlace
    route = nextRoute
    return { view: randomId(), route }
  }

  function routeOf(name: NonNullable<Config['route']>, href: string): string | undefined {
    try {
      const given: unknown = name(new URL(href))
      return typeof given === 'string' && given ? redact(given).slice(0, maxRouteChars) : undefined
    } catch (cause) {
      onFault(cause)
      return undefined
    }
  }
}
