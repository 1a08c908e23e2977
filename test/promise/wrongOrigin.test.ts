import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { statsOf } from '../browser/sdkPage.ts'
import { type ScriptedLoki, startScriptedLoki } from '../relay/upstream/scriptedLoki.ts'
import { servePages } from '../support/pageServer.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'
import { attemptsWithin } from './attemptsWithin.ts'
import {
  assertStoredOnce,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  timeoutMs,
  waitForStats,
} from './hostPage.ts'

const retry = { baseDelayMs: 300, maxDelayMs: 1000, breakerThreshold: 1000 }

inEveryEngine('a page whose origin the relay does not allow', host => {
  test('gets no answer that it may read: it keeps trying, the relay names the cause, and all arrives once when mended', async t => {
    const { relay, loki, allow } = await startStrictRelay(t)
    const startMs = performance.now()
    await host.open(startSdk(host.intake, { url: relay.url, retry }))
    const { origin } = host.pages
    await logSome(host.page, 5)
    await waitFor(async () => (await refusedBy(relay)) >= 3, { timeoutMs, what: 'the third refusal' })

    const stats = await waitForStats(host.page, 'the fault', ({ lastError }) => lastError !== undefined)
    assert.equal(stats.lastError?.code, 'network_error')
    assert.match(stats.lastError.message, /no answer from the relay, or origin_not_allowed/)
    assert.deepEqual([stats.created, stats.pending, stats.dropped], [5, 5, {}])
    assert.deepEqual(await reportedCodes(host.page), ['network_error'])
    const refusals = await refusedBy(relay)
    const most = attemptsWithin(performance.now() - startMs, retry)
    assert.ok(refusals <= most, `${refusals} requests, at most ${most} were expected`)
    const status = await fetch(`${relay.adminUrl}/live/status`)
    const { refusals: told } = (await status.json()) as { refusals: { code: string; origin: string }[] }
    assert.deepEqual(
      told.map(({ code, origin }) => [code, origin]),
      [['origin_not_allowed', origin]],
    )

    await allow(origin)
    await waitForStats(host.page, 'the delivery', ({ delivered }) => delivered === 5)
    await assertInLokiOnce(loki, numbered(5))
  })

  test('reads the refusal on a path of its own origin: sending stops, and the next visit delivers all', async t => {
    const { relay, loki, allow } = await startStrictRelay(t)
    await host.open(startSdk(host.intake, { url: '/telemetry', retry }))
    const behind = host.pages
    host.pages = await servePages((incoming, response) => {
      const { url = '/', method, headers } = incoming
      const isForRelay = url.startsWith('/telemetry')
      const to = isForRelay ? relay.url + url.slice('/telemetry'.length) : behind.origin + url
      const call = request(to, { method, headers, agent: false }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      call.on('error', () => response.destroy())
      incoming.pipe(call)
    })
    t.after(() => behind.close())
    await host.page.goto(host.pages.origin)
    await logSome(host.page, 5)
    await waitForStats(host.page, 'the refusal', ({ lastError }) => lastError?.code === 'origin_not_allowed')
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 2000)))
    assert.equal(await refusedBy(relay), 1)
    assert.deepEqual(await reportedCodes(host.page), ['origin_not_allowed'])
    assert.equal((await statsOf(host.page)).pending, 5)

    await allow(host.pages.origin)
    await host.page.goto(host.pages.origin)
    await assertInLokiOnce(loki, numbered(5))
  })
})

interface StrictRelay {
  relay: RelayProcess
  loki: ScriptedLoki
  /** Adds the origin to its configuration, while it runs. */
  allow(origin: string): Promise<void>
}

async function startStrictRelay(t: TestContext): Promise<StrictRelay> {
  const loki = await startScriptedLoki(t)
  const file = join(await tempDir(t), 'relay.yaml')
  const configure = (...origins: string[]) => {
    const apps = [{ name: 'shop', keys: ['pk_shop_web'], origins }]
    return writeFile(file, JSON.stringify({ loki: { endpoint: loki.url }, apps }))
  }
  await configure('https://shop.example')
  const relay = await startRelay({ args: ['--config', file] })
  t.after(() => relay.stop())
  return {
    relay,
    loki,
    async allow(origin) {
      await configure('https://shop.example', origin)
      await waitFor(() => relay.output().includes('configuration reloaded'), { timeoutMs, what: 'the reload' })
    },
  }
}

/** How often, by the metric of the relay. */
async function refusedBy(relay: RelayProcess): Promise<number> {
  let count = 0
  for (const [sample, value] of await relay.metrics())
    if (sample.startsWith('loki_beacon_requests_total') && sample.includes('error="origin_not_allowed"')) count += value
  return count
}

async function assertInLokiOnce(loki: ScriptedLoki, messages: readonly string[]): Promise<void> {
  await waitFor(() => loki.stored().length >= messages.length, { timeoutMs, what: 'the records in Loki' })
  assertStoredOnce({ stored: loki.stored().map(line => JSON.parse(line)) }, messages)
}
