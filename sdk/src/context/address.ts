import type { RouteChange } from '../plugin.ts'

/** Longest address kept, in characters. */
const maxChars = 2048

export interface Address {
  /** The page's address as records show it. */
  current(): string
  stop(): void
}

/**
 * Follows the page's address. `beforeChange` runs while `current` still gives the old one, so that what happened
 * there can be settled under it. With the Navigation API that is the very moment of the change; elsewhere only going
 * back and forth is heard of, and the rest is noticed when `current` is asked. `onRoute` runs after the change.
 */
export function followAddress(beforeChange: () => void, onRoute?: (change: RouteChange) => void): Address {
  const { location, navigation } = globalThis as typeof globalThis & { navigation?: EventTarget }
  const listeners: [EventTarget | undefined, string][] = [
    [navigation, 'currententrychange'],
    [globalThis, 'popstate'],
    [globalThis, 'hashchange'],
  ]
  let href = location.href
  let address = stripAddress(href)
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
    address = stripAddress(href)
    onRoute?.({ from, to: address })
  }
}

/** An address without what often holds personal data or secrets: credentials, query and fragment. */
export function stripAddress(address: string): string {
  return address
    .replace(/[?#].*$/s, '')
    .replace(/^([\w+.-]+:\/\/)[^/]*@/, '$1')
    .slice(0, maxChars)
}
