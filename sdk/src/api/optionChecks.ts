import type { Plugin } from '../plugin.ts'
import { type Level, levels } from '../wire.ts'

export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export function isList(isItem: (value: unknown) => boolean): (value: unknown) => boolean {
  return value => Array.isArray(value) && value.every(isItem)
}

export function isMatcher(value: unknown): boolean {
  return value instanceof RegExp || (typeof value === 'string' && value !== '')
}

export function isPlugin(value: unknown): boolean {
  const { name, start } = (value ?? {}) as Partial<Plugin>
  return typeof name === 'string' && isFunction(start)
}

export function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1
}

export function isShares(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([level, share]) => levels.includes(level as Level) && isShare(share))
  )
}

export function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}

export function isQueryRule(value: unknown): boolean {
  return (
    typeof value === 'boolean' || isList(name => typeof name === 'string')((value as { allow?: unknown } | null)?.allow)
  )
}

/** It becomes a part of the address that records are sent to. */
export function isKey(value: unknown): boolean {
  return typeof value === 'string' && /^[\w.~-]{1,128}$/.test(value)
}

export function isConsole(value: unknown): boolean {
  return typeof value === 'boolean' || (Array.isArray(value) && value.every(level => levels.includes(level)))
}

export function isUrl(value: unknown): boolean {
  return typeof value === 'string' && resolveUrl(value) !== undefined
}

/** `logs.example.com` would count as a path too: better refused than sent to the page's own server. */
export function resolveUrl(url: string): string | undefined {
  if (!/^(https?:\/)?\//i.test(url)) return undefined
  try {
    // A server has no address of its own; nothing is sent from there.
    const { origin, pathname } = new URL(url, globalThis.location?.href ?? 'http://localhost')
    return (origin + pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}
