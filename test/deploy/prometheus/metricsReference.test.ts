import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectLoki } from '../../support/realLoki.ts'
import { startPrometheus } from '../../support/realPrometheus.ts'
import { readFigures } from '../../support/recordFigures.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'

const reference = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8')
const records = 30

test('the reference of metrics has those that a relay has and no others, and its questions get the right answers', async t => {
  const loki = await connectLoki()
  const relay = await startRelay({
    env: { RELAY_KEY: 'pk_shop_web', RELAY_ORIGINS: '*', LOKI_ENDPOINT: loki.url, LOKI_TENANT_ID: `t-${randomUUID()}` },
  })
  t.after(() => relay.stop())
  const stranger = wireClient({ url: relay.url, key: 'pk_unknown' })
  assert.equal((await stranger.post(stranger.batch(1))).status, 401)
  const prometheus = await startPrometheus(t, { targets: { 'loki-beacon-relay': new URL(relay.adminUrl).host } })
  const scraped = () => prometheus.query('max_over_time(up[10s])').then(([sample]) => sample?.value === 1)
  await waitFor(scraped, { timeoutMs: 20_000, what: 'a scrape' })

  const page = wireClient({ url: relay.url, key: 'pk_shop_web' })
  for (let n = 0; n < 3; n++)
    await page.deliver(
      page.batch(records / 3, (_record, header) => {
        header.drops = { buffer_overflow: 5 }
      }),
    )
  await waitFor(async () => (await readFigures(relay)).stored === records, { timeoutMs: 30_000, what: 'all in Loki' })
  const ask = (question: string) => {
    const promql = new RegExp(`\\| ${question}[^|]*\\| \`(.+?)\` \\|`).exec(reference)?.[1]
    assert.ok(promql, question)
    return prometheus.query(promql)
  }
  await waitFor(async () => ((await ask('How many records a second'))[0]?.value ?? 0) > 0, {
    timeoutMs: 20_000,
    what: 'a scrape of what was stored',
  })
  const [equation = ''] = Array.from(reference.matchAll(/^```promql\n(.*?)^```$/gms), ([, text]) => text)
  assert.deepEqual(
    (await prometheus.query(equation)).map(({ value }) => value),
    [0],
  )
  assert.equal((await ask('How long does the oldest'))[0]?.value, 0)
  for (const { value } of await ask('Does something stand')) assert.equal(value, 0)
  const [slowest] = await ask('How long does a page wait')
  assert.ok(slowest && slowest.value > 0 && slowest.value < 60, `${slowest?.value}`)
  assert.deepEqual(
    (await ask('Who is turned away')).map(({ labels }) => labels.error),
    ['unknown_key'],
  )
  const dropped = (await ask('What do pages give up')).filter(({ value }) => value > 0)
  assert.deepEqual(
    dropped.map(({ labels }) => labels.reason),
    ['buffer_overflow'],
  )
  await ask('Is an old key')

  const told = new Set(Array.from(reference.matchAll(/^\| `(loki_beacon_\w+)` \|/gm), ([, name]) => name))
  const text = await (await fetch(`${relay.adminUrl}/metrics`)).text()
  const actual = new Set(Array.from(text.matchAll(/^# TYPE (loki_beacon_\w+) /gm), ([, name]) => name))
  assert.deepEqual([...told].sort(), [...actual].sort())
})
