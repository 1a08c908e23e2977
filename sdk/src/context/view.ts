import { randomId } from '../web/randomId.ts'
import type { WireContext } from '../wire.ts'

export type View = Pick<WireContext, 'view' | 'route'>

/**
 * Tells views of a page apart: asked at each change of the address, it answers with the new view, or with nothing where
 * only the query or an anchor has changed. The fragment of a router (`#/cart`, `#!/cart`) counts as a path.
 */
export function createViews(nameRoute?: (href: string) => string | undefined): (href: string) => View | undefined {
  let place: string | undefined
  let route: string | undefined
  return href => {
    const nextPlace = href.replace(/#(?!!?\/).*|\?[^#]*/gs, '')
    const nextRoute = nameRoute?.(href)
    if (nextPlace === place && nextRoute === route) return undefined
    place = nextPlace
    route = nextRoute
    return { view: randomId(), route }
  }
}
