import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flush } from '../browser/sdkPage.ts'
import { assertStoredOnce, inEveryEngine, logSome, numbered, startSdk } from './hostPage.ts'

inEveryEngine('requests', host => {
  test('are compressed where that is worth it', async () => {
    await host.open(startSdk(host.intake))
    await logSome(host.page, 1, 'single')
    assert.equal(await flush(host.page), true)
    await logSome(host.page, 500)
    assert.equal(await flush(host.page), true)
    assertStoredOnce(host.intake, [...numbered(1, 'single'), ...numbered(500)])
    assert.deepEqual(
      host.intake.attempts.map(({ isGzip, records }) => [isGzip, records.length]),
      [
        [false, 1],
        [true, 499],
        [false, 1],
      ],
    )
  })

  for (const [name, sabotage] of Object.entries({
    'the browser can not': 'delete window.CompressionStream',
    'the page has broken what it takes': `window.TextEncoder = function () { throw new Error('broken') }`,
    'compressing fails': `window.CompressionStream = function () {
      return new TransformStream({ transform() { throw new Error('broken') } })
    }`,
  }))
    test(`go as text where ${name}`, async () => {
      await host.open(`<script>${sabotage}</script>${startSdk(host.intake)}`)
      await logSome(host.page, 500)
      assert.equal(await flush(host.page), true)
      assertStoredOnce(host.intake, numbered(500))
      assert.ok(host.intake.attempts.every(({ isGzip }) => !isGzip))
      assert.deepEqual(await host.page.evaluate('pageErrors'), [])
    })
})
