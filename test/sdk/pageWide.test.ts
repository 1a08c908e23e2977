import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageWide } from '../../sdk/src/pageWide.ts'

/** As of another bundle on the same page. */
const copy: { pageWide: typeof pageWide } = await import(`../../sdk/src/pageWide.ts?${'copy'}`)

test('all copies of the SDK on a page have the same collection by one name, and others by others', () => {
  assert.notEqual(copy.pageWide, pageWide)
  const one = pageWide(Set, '.one')
  one.add('of the first copy')
  assert.equal(copy.pageWide(Set, '.one'), one)
  assert.notEqual(pageWide(Set, '.other'), one)
})

const foreign: Record<string, unknown> = { 'a text': 'text', null: null, 'an array': [], 'a look-alike': { size: 1 } }
for (const [name, value] of Object.entries(foreign)) {
  test(`where the page has ${name} in its place it is replaced, or left and done without`, () => {
    const key = Symbol.for(`loki-beacon.${name}`)
    Reflect.defineProperty(globalThis, key, { value, configurable: true })
    const made = pageWide(Set, `.${name}`)
    assert.ok(made instanceof Set && pageWide(Set, `.${name}`) === made)

    const fixed = `.fixed ${name}`
    Reflect.defineProperty(globalThis, Symbol.for(`loki-beacon${fixed}`), { value })
    assert.ok(pageWide(Set, fixed) instanceof Set)
    assert.equal(Reflect.get(globalThis, Symbol.for(`loki-beacon${fixed}`)), value)
  })
}
