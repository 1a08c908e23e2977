import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SdkGlobals } from '../browser/sdkPage.ts'
import { huge, strange, unreadable } from './hostileValues.ts'
import { assertHarmless, inEveryEngine, startSdk, waitForStats } from './hostPage.ts'
import { logEach, sourceOf } from './logEach.ts'

declare const lokiBeacon: SdkGlobals['lokiBeacon']

inEveryEngine('hostile arguments', host => {
  for (const [name, cases] of Object.entries({ unreadable, strange, huge })) {
    test(`values that are ${name} throw nothing, are stored in a form that makes sense, and so are their neighbours`, async () => {
      const records = await logEach(host, cases, (make, name) => {
        lokiBeacon.info(name, { value: make() })
      })
      for (const [name, { stored }] of Object.entries(cases))
        assert.deepEqual(records.get(name)!.attributes, { value: stored }, name)
    })
  }

  test('wherever else they are put, nothing is thrown, and each call is a record', async () => {
    const all = { ...unreadable, ...strange, ...huge }
    await host.open(startSdk(host.intake))
    const thrown = await host.page.evaluate(`(${putEverywhere})({ ${sourceOf(all)} })`)
    assert.deepEqual(thrown, [])
    const calls = Object.keys(all).length * 7
    const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
    assert.deepEqual([stats.created, stats.delivered, stats.dropped], [calls, calls, {}])
    assert.equal(host.intake.stored.length, calls)
    assert.equal(await host.page.evaluate('({}).polluted'), undefined)
    await assertHarmless(host.page)
  })
})

/** Runs in the page. Returns the names of those that threw. */
function putEverywhere(makers: Record<string, () => unknown>): string[] {
  const thrown: string[] = []
  for (const [name, make] of Object.entries(makers)) {
    try {
      const value = make() as object
      lokiBeacon.info(value as Error)
      lokiBeacon.error('as attributes', value)
      lokiBeacon.event(value as unknown as string, value)
      const child = lokiBeacon.with(value)
      child.measure(value as unknown as string, value as unknown as number, value)
      child.with(value).fatal('by a child of a child')
      lokiBeacon.setUser(value)
      lokiBeacon.info('as the user')
      lokiBeacon.setContext(value)
      lokiBeacon.info('as the context')
    } catch (error) {
      thrown.push(`${name}: ${error}`)
    }
  }
  return thrown
}
