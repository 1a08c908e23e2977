import { listen } from '../web/listen.ts'

export interface Address {
  /** The page's address as records show it. */
  current(): string
  /** Follows a change now. */
  check(): void
  stop(): void
}

/**
 * Follows the page's address. `beforeChange` runs while `current` still gives the old one, so that what happened
 * there can be settled under it, and `onChange` when it gives the new one, with the old one as it was shown. With the
 * Navigation API that is the very moment of the change; elsewhere only going back and forth is heard of, and the rest is
 * noticed when `check` is called or `current` asked.
 */
export function followAddress(
  showUrl: (address: string) => string,
  beforeChange: () => void,
  onChange: (href: string, from: string) => void,
): Address {
  const { location, navigation } = globalThis as typeof globalThis & { navigation?: EventTarget }
  let href = location.href
  let address = showUrl(href)
  const stops = [
    listen(navigation, ['currententrychange'], follow),
    listen(globalThis, ['popstate', 'hashchange'], follow),
  ]
  return {
    current() {
      follow()
      return address
    },
    check: follow,
    stop() {
      for (const stop of stops) stop()
    },
  }

  function follow(): void {
    if (location.href === href) return
    href = location.href
    beforeChange()
    const from = address
    address = showUrl(href)
    onChange(href, from)
  }
}
