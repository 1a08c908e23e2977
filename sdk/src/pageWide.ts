/**
 * A collection that all copies of the SDK on a page share, of whatever bundle. Where the page has something else in its
 * place that can't be replaced, each asker gets one of its own.
 */
export function pageWide<Kind extends object>(Kind: new () => Kind, name = ''): Kind {
  const key = Symbol.for(`loki-beacon${name}`)
  const known: unknown = Reflect.get(globalThis, key)
  if (known instanceof Kind) return known
  const made = new Kind()
  Reflect.defineProperty(globalThis, key, { value: made })
  return made
}
