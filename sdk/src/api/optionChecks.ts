import { levels } from '../wire.ts'
import { type Check, isObject } from './optionShape.ts'

export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isList(isItem: Check): Check {
  return value => Array.isArray(value) && value.every(isItem)
}

export function isMatcher(value: unknown): boolean {
  return value instanceof RegExp || (isText(value) && value !== '')
}

export function isLevel(value: unknown): boolean {
  return levels.includes(value as 'info')
}

export function isPlugin(value: unknown): boolean {
  const { name, start } = Object(value)
  return isText(name) && isFunction(start)
}

export function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}

export function isShare(value: unknown): boolean {
  return isCount(value) && (value as number) <= 1
}

export function isShares(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([level, share]) => isLevel(level) && (share === undefined || isShare(share)))
  )
}

export function isQueryRule(value: unknown): boolean {
  return typeof value === 'boolean' || isList(isText)(Object(value).allow)
}

export function isConsole(value: unknown): boolean {
  return typeof value === 'boolean' || isList(isLevel)(value)
}

/** It becomes a part of the address that records are sent to. */
export function isKey(value: unknown): boolean {
  return isText(value) && /^[\w.~-]{1,128}$/.test(value)
}

export function isUrl(value: unknown): boolean {
  return isText(value) && resolveUrl(value) !== undefined
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
