import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flush, isBalanced, type SdkGlobals, statsOf } from '../browser/sdkPage.ts'
import { waitFor } from '../support/waitFor.ts'
import {
  assertHarmless,
  assertStoredOnce,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  timeoutMs,
  waitForStats,
} from './hostPage.ts'

/** Source texts of a `beforeSend` that costs no record, and leaves each as it was. */
const useless: Record<string, string> = {
  throws: '() => { throw new Error("beforeSend") }',
  'breaks the record and then throws': 'record => { record.message = 5; delete record.kind; throw 1 }',
  'returns a number': '() => 5',
  'returns a promise': 'async record => record',
  'returns an object that is no record': '() => ({ message: "forged" })',
  'returns what JSON can’t say': 'record => { record.self = record; return record }',
  'returns a proxy that throws': 'record => new Proxy(record, { ownKeys() { throw 1 } })',
  'returns a record of no known level': 'record => ({ ...record, level: "loud" })',
  'makes a text of the attributes': 'record => ({ ...record, attributes: "none" })',
  'makes a text of an error': 'record => ({ ...record, error: "none" })',
  'changes the number and the time': 'record => ({ ...record, n: -1, t: NaN })',
}

/** Source texts of a `getToken` that gives no token, and then one. */
const late: Record<string, string> = {
  throws: '() => { if (asked++ < 2) throw new Error("getToken"); return "good" }',
  rejects: 'async () => { if (asked++ < 2) throw new Error("getToken"); return "good" }',
  'rejects with nothing': '() => asked++ < 2 ? Promise.reject() : Promise.resolve("good")',
  'never answers': '() => asked++ < 2 ? new Promise(() => {}) : Promise.resolve("good")',
  'answers with a number': 'async () => asked++ < 2 ? 5 : "good"',
  'answers with a cycle': 'async () => { const cycle = {}; cycle.self = cycle; return asked++ < 2 ? cycle : "good" }',
  'answers with a symbol': 'async () => asked++ < 2 ? Symbol("token") : "good"',
  'answers with nothing': 'async () => asked++ < 2 ? undefined : "good"',
}

inEveryEngine('hostile hooks', host => {
  for (const [name, source] of Object.entries(useless)) {
    test(`a beforeSend that ${name} costs no record`, async () => {
      await host.open(startSdk(host.intake, {}, `beforeSend: ${source}`))
      await logSome(host.page, 20)
      const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
      assert.deepEqual([stats.created, stats.delivered, stats.dropped], [20, 20, {}])
      // Changing what can't be changed is no failure.
      assert.deepEqual(stats.hookFailures, name.startsWith('changes') ? undefined : { beforeSend: 20 })
      assertStoredOnce(host.intake, numbered(20))
      assert.ok((await reportedCodes(host.page)).length <= 1)
      await assertHarmless(host.page)
    })
  }

  for (const [name, source] of Object.entries(late)) {
    test(`a getToken that ${name} twice costs time, and no record`, async () => {
      host.intake.script = ({ header }) =>
        header.token === 'good' ? undefined : { status: 401, code: 'token_required' }
      const options = { timeoutMs: 500 }
      await host.open(`<script>asked = 0</script>${startSdk(host.intake, options, `getToken: ${source}`)}`)
      await logSome(host.page, 20)
      const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
      assert.deepEqual([stats.created, stats.delivered, stats.dropped], [20, 20, {}])
      assertStoredOnce(host.intake, numbered(20))
      await assertHarmless(host.page)
    })
  }

  test('a getToken that never gives one leaves all pending, and the page alone', async () => {
    await host.open(startSdk(host.intake, {}, 'getToken() { throw new Error("never") }'))
    await logSome(host.page, 20)
    assert.equal(await flush(host.page), false)
    const stats = await statsOf(host.page)
    assert.deepEqual([stats.pending, stats.lastError?.code, host.intake.attempts.length], [20, 'token_rejected', 0])
    assert.deepEqual(await reportedCodes(host.page), ['token_rejected'])
    await assertHarmless(host.page)
  })

  test('what onError and onDrop throw is theirs, and stops nothing', async () => {
    await host.intake.down()
    await host.open(
      `<script>calls = []</script>${startSdk(
        host.intake,
        { buffer: { persistence: 'none' } },
        `onError: error => { calls.push(error.code); throw error },
        onDrop: (reason, count) => { calls.push(reason); throw reason }`,
      )}`,
    )
    await logSome(host.page, 10)
    await waitForStats(host.page, 'the drops', ({ pending }) => pending === 0)
    await host.intake.up()
    await logSome(host.page, 10, 'later')
    const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
    assert.deepEqual([stats.delivered, stats.dropped], [10, { buffer_overflow: 10 }])
    const calls = (await host.page.evaluate('calls')) as string[]
    assert.deepEqual([...new Set(calls)].sort(), ['buffer_overflow', 'network_error'])
    await assertHarmless(host.page)
  })

  test('a beforeSend is heard also when the page has broken its own JSON', async () => {
    const sdk = startSdk(host.intake, {}, 'beforeSend: record => ({ ...record, message: "redacted" })')
    await host.open(`${sdk}<script>
      const { stringify, parse } = JSON
      Object.assign(JSON, { stringify: undefined, parse: undefined })
      lokiBeacon.error('secret')
      // What drives WebKit needs it.
      setTimeout(() => Object.assign(JSON, { stringify, parse }))
    </script>`)
    await waitFor(() => host.intake.stored.length, { timeoutMs, what: 'the record' })
    assertStoredOnce(host.intake, ['redacted'])
  })

  const loops: Record<string, string> = {
    beforeSend: 'beforeSend(record) { lokiBeacon.error("again"); return record }',
    onDrop: `beforeSend: ({ message }) => message !== 'again' && undefined,
      onDrop() { lokiBeacon.error('again') }`,
    'onDrop, asynchronously,': `beforeSend: ({ message }) => message !== 'again' && undefined,
      async onDrop() { await null; lokiBeacon.error('again') }`,
  }
  for (const [name, source] of Object.entries(loops)) {
    test(`a page whose ${name} logs whenever it is called goes on working`, async () => {
      await host.open(startSdk(host.intake, {}, source))
      await logSome(host.page, 10)
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.error('again'))
      await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1000)))
      const stats = await statsOf(host.page)
      assert.ok(isBalanced(stats), JSON.stringify(stats))
      assert.ok(stats.created > 12 && stats.created < 5000, `${stats.created} records`)
      assertStoredOnce({ stored: host.intake.stored.filter(({ message }) => message !== 'again') }, numbered(10))
      await assertHarmless(host.page)
    })
  }
})
