import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { connectLoki, startLoki } from '../../support/realLoki.ts'
import { startPrometheus } from '../../support/realPrometheus.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'
import { fillIn, linksOf, panelsOf, queryOfExplore, readDashboard, targetsOf } from './dashboards.ts'
import { type Expected, relayAnswers } from './relay.expected.ts'

const windowS = 300
const dashboard = readDashboard('relay')
const panels = panelsOf(dashboard)
const chosen = { job: 'loki-beacon-relay', instance: '.*', __range: `${windowS}s`, __rate_interval: `${windowS}s` }

test('the dashboard of the relay answers what is known of its requests', async t => {
  const loki = await connectLoki()
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}', tenant: t-${randomUUID()}, flushInterval: 10ms }
spool: { maxBytes: 64MiB }
apps:
  - { name: shop, keys: [pk_shop], origins: ['*'] }
  - { name: blog, keys: [pk_blog], origins: ['*'], limits: { recordsPerDay: 1 } }
`,
  })
  t.after(() => relay.stop())
  const limited = wireClient({ url: relay.url, key: 'pk_blog' })
  await limited.deliver(limited.batch(1))
  // Prometheus sees no step from nothing to something: each series has to be there before it counts.
  await sendSome()
  await shipped()
  const before = await relay.metrics()
  const prometheus = await startPrometheus(t, { targets: { [chosen.job]: new URL(relay.adminUrl).host } })
  const firstScrapeS = await scrapedAfter(0)
  await sendSome()
  await shipped()
  const after = await relay.metrics()
  // The longer, the less is added for the second before the first scrape.
  const timeS = await scrapedAfter(Math.max(firstScrapeS + 12, Date.now() / 1000))

  assert.deepEqual(
    panels.map(({ title }) => title),
    Object.keys(relayAnswers),
  )
  for (const panel of panels) {
    for (const [i, { expr }] of targetsOf(panel).entries()) {
      const samples = await prometheus.query(fillIn(expr, chosen), timeS)
      const answers = samples.map(({ labels: { instance: _, ...labels }, value }) => [labels, value] as const)
      assertAnswers(answers, relayAnswers[panel.title!]![i]!, `${panel.title}: ${expr}`, before, after)
    }
    const explored = queryOfExplore(fillIn(linksOf(panel)[0]!.url, chosen)).expr
    assert.ok((await prometheus.query(fillIn(explored, chosen), timeS)).length > 0, explored)
  }

  await t.test('a relay that is not chosen is not counted', async () => {
    for (const panel of panels)
      for (const { expr } of targetsOf(panel)) {
        const others = await prometheus.query(fillIn(expr, { ...chosen, instance: 'another' }), timeS)
        assert.deepEqual(others, [], panel.title)
      }
  })

  /** 2 records and a bad line, the same once more, 3 drops of the page, a key that is none, and a batch over a limit. */
  async function sendSome(): Promise<void> {
    const page = wireClient({ url: relay.url, key: 'pk_shop' })
    const batch = page.batch(2, (_record, header) => {
      header.drops = { too_old: 3 }
    })
    batch.body += '\n{'
    await page.deliver(batch)
    await page.deliver(batch)
    const stranger = wireClient({ url: relay.url, key: 'pk_none' })
    assert.equal((await stranger.post(stranger.batch(1))).status, 401)
    assert.equal((await limited.post(limited.batch(1))).status, 429)
  }

  function shipped(): Promise<unknown> {
    return waitFor(async () => (await relay.metrics()).get('loki_beacon_records_pending') === 0, {
      timeoutMs: 20_000,
      what: 'the relay to have shipped all',
    })
  }

  function scrapedAfter(afterS: number): Promise<number> {
    const scrapes = async () => (await prometheus.query('timestamp(up == 1)'))[0]?.value ?? 0
    return waitFor(async () => (await scrapes()) > afterS && scrapes(), { timeoutMs: 30_000, what: 'another scrape' })
  }
})

test('it shows what waits, and why, when Loki refuses all streams', async t => {
  const loki = await startLoki({ limits: { max_label_names_per_series: 1 } })
  t.after(() => loki.stop())
  const relay = await startRelay({
    env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', SERVICE_NAME: 'shop', LOKI_ENDPOINT: loki.url },
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  await page.deliver(page.batch(3))
  const prometheus = await startPrometheus(t, { targets: { [chosen.job]: new URL(relay.adminUrl).host } })
  const ask = async (title: string) => {
    const [target] = targetsOf(panels.find(panel => panel.title === title)!)
    const samples = await prometheus.query(fillIn(target!.expr, chosen))
    return samples.map(({ labels: { instance: _, ...labels }, value }) => [labels, value] as const)
  }
  await waitFor(async () => (await ask('Stopped lanes'))[0]?.[1] === 1, { timeoutMs: 20_000, what: 'a stopped lane' })
  assert.deepEqual(
    (await ask('Lanes by state')).filter(([, value]) => value > 0),
    [[{ state: 'stopped' }, 1]],
  )
  assert.deepEqual(await ask('Records that wait'), [[{}, 3]])
  const [[app, bytes] = []] = await ask('Bytes by app')
  assert.deepEqual([app, bytes! > 100], [{ app: 'shop' }, true])
  const [[, seconds] = []] = await ask('Oldest record that waits')
  assert.ok(seconds! > 0 && seconds! < 120)
})

type Samples = ReadonlyMap<string, number>

function assertAnswers(
  answers: (readonly [object, number])[],
  expected: Expected,
  what: string,
  before: Samples,
  after: Samples,
): void {
  if ('between' in expected) {
    assert.equal(answers.length, 1, what)
    const [low, high] = typeof expected.between === 'function' ? expected.between(before, after) : expected.between
    const value = answers[0]![1]
    assert.ok(value >= low && value <= high, `${what}: ${value} is not from ${low} to ${high}`)
    return
  }
  const perWindow = 'perWindow' in expected
  const rounded = answers.map(([labels, value]) => [labels, Math.round(perWindow ? value * windowS : value)])
  const sorted = (list: unknown[]) => list.map(item => JSON.stringify(item)).sort()
  assert.deepEqual(sorted(rounded), sorted(perWindow ? expected.perWindow : expected.now), what)
}
