import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatConsole } from '../../../sdk/src/capture/formatConsole.ts'

const describe = (value: unknown) => (typeof value === 'string' ? value : `<${typeof value}>`)

test('a console line reads as in the console', () => {
  const lines: [unknown[], string][] = [
    [['plain'], 'plain'],
    [['100%', 5], '100% <number>'],
    [['%s is %d', 'a', 2.9, 'rest'], 'a is 2 rest'],
    [['%i %f %d', '7.5', '7.5', {}], '7 7.5 NaN'],
    [['%o %O', {}, []], '<object> <object>'],
    [['%c styled %c', 'color: red', ''], 'styled'],
    [['%s %s', 'only one'], 'only one %s'],
    [['%%s', 'a'], '%s a'],
    [['%s'], '%s'],
    [[{}, '%s', 1], '<object> %s <number>'],
    [['%d %d', Symbol('s'), 10n], 'NaN 10'],
  ]
  for (const [args, line] of lines) assert.equal(formatConsole(args, describe), line)
})

test('whatever is printed makes a line, and values that are only described are never read', () => {
  const hostile = new Proxy(() => {}, {
    get() {
      throw new Error('read')
    },
  })
  fc.assert(
    fc.property(fc.string(), fc.array(fc.anything({ withBigInt: true, withNullPrototype: true })), (first, rest) => {
      assert.equal(typeof formatConsole([first, ...rest, hostile], describe), 'string')
      assert.equal(typeof formatConsole([`%o%s${first}`, hostile, hostile, ...rest], describe), 'string')
    }),
  )
})
