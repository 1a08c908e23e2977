export interface Address {
  /** The page's address as records show it. */
  current(): string
  stop(): void
}

/**
 * Follows the page's address. `beforeChange` runs while `current` still gives the old one, so that what happened
 * there can be settled under it, and `onChange` when it gives the new one, with the old one as it was shown. With the
 * Navigation API that is the very moment of the change; elsewhere only going back and forth is heard of, and the rest is
 * noticed when `current` is asked.
 */
export function followAddress(
  showUrl: (address: string) => string,
  beforeChange: () => void,
  onChange: (href: string, from: string) => void,
): Address {
  const { location, navigation } = globalThis as typeof globalThis & { navigation?: EventTarget }
  const listeners: [EventTarget | undefined, string][] = [
    [navigation, 'currententrychange'],
    [globalThis, 'popstate'],
    [globalThis, 'hashchange'],
  ]
  let href = location.href
  let address = showUrl(href)
  for (const [target, type] of listeners) target?.addEventListener(type, follow, true)
  return {
    current() {
      follow()
      return address
    },
    stop() {
      for (const [target, type] of listeners) target?.removeEventListener(type, follow, true)
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
