import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { quietHooks } from '../../../sdk/src/api/quietHooks.ts'
import type { Config } from '../../../sdk/src/config.ts'

/** As of another bundle on the same page. */
const copy: { quietHooks: typeof quietHooks } = await import(`../../../sdk/src/api/quietHooks.ts?${'copy'}`)

const noConfig = {} as Config

describe('quiet hooks', () => {
  test('a hook that runs is known to all loggers of the page, those of another copy of the SDK too, until it ends', () => {
    const [first, second, third] = [quietHooks(noConfig), quietHooks(noConfig), copy.quietHooks(noConfig)]
    const areRunning = () => [first, second, third].map(hooks => hooks.areRunning())
    const inner = second.wrap(areRunning)
    const outer = first.wrap(() => [inner(), areRunning()])
    assert.deepEqual(areRunning(), [false, false, false])
    assert.deepEqual(outer(), [
      [true, true, true],
      [true, true, true],
    ])
    assert.deepEqual(areRunning(), [false, false, false])
  })

  test('a hook that throws has ended', () => {
    const hooks = quietHooks(noConfig)
    const fail = hooks.wrap(() => {
      throw new Error('own')
    })
    assert.throws(fail, /own/)
    assert.equal(hooks.areRunning(), false)
  })
})
