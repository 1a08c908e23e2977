import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type OwnLoki, startLoki } from './realLoki.ts'
import { waitFor } from './waitFor.ts'

type Values = [timestampNs: string, line: string][]

const minuteMs = 60_000
let loki: OwnLoki

before(async () => {
  loki = await startLoki()
})
after(() => loki.stop())

test('a log query brings every entry, also where many share a timestamp at the end of a page', async () => {
  const startMs = Date.now() - minuteMs
  const values = entries(12_001, index => startMs + Math.floor(index / 7))
  await push(loki.url, 'pages', values)
  const range = { startMs, endMs: startMs + minuteMs }
  const found = await loki.queryLog('pages', '{app="a"}', range)
  assert.deepEqual(found.map(entry => entry.line).sort(), values.map(([, line]) => line).sort())
  assert.equal(await loki.queryCount('pages', '{app="a"}', range), 12_001)
})

test('a count takes the range from its first millisecond up to, not including, its end', async () => {
  const startMs = Date.now() - minuteMs
  await push(
    loki.url,
    'range',
    entries(10, index => startMs + index),
  )
  assert.equal(await loki.queryCount('range', '{app="a"}', { startMs, endMs: startMs + 3 }), 3)
  assert.equal(await loki.queryCount('range', '{app="a"}', { startMs: startMs + 3, endMs: startMs + 4 }), 1)
})

test('entries, port and data directory outlive kill -9', async () => {
  const startMs = Date.now() - minuteMs
  const values = entries(100, index => startMs + index)
  await push(loki.url, 'killed', values)
  const pid = loki.pid
  await loki.kill()
  await assert.rejects(fetch(`${loki.url}/ready`))
  await loki.start()
  assert.notEqual(loki.pid, pid)
  const found = await loki.queryLog('killed', '{app="a"}', { startMs, endMs: startMs + minuteMs })
  assert.deepEqual(
    found.map(({ timestampNs, line }) => [timestampNs, line]),
    values,
  )
})

test('an entry of five hours ago is seen once chunks are flushed', async () => {
  const startMs = Date.now() - 5 * 60 * minuteMs
  const range = { startMs, endMs: startMs + 1 }
  await push(
    loki.url,
    'late',
    entries(1, () => startMs),
  )
  assert.equal((await loki.queryLog('late', '{app="a"}', range)).length, 0)
  await loki.flush()
  await waitFor(async () => (await loki.queryLog('late', '{app="a"}', range)).length === 1, {
    timeoutMs: 20_000,
    what: 'the late entry to be seen',
  })
})

test('two Lokis run side by side, each with limits of its own', async t => {
  const strict = await startLoki({ limits: { max_line_size: 10 } })
  t.after(() => strict.stop())
  const startMs = Date.now()
  const values: Values = [[`${startMs}000000`, 'longer than ten bytes']]
  await push(loki.url, 'limits', values)
  await assert.rejects(push(strict.url, 'limits', values), /Max entry size/i)
})

function entries(count: number, atMs: (index: number) => number): Values {
  return Array.from({ length: count }, (_, index) => [`${atMs(index)}000000`, `line ${index}`])
}

async function push(url: string, tenant: string, values: Values): Promise<void> {
  for (let from = 0; from < values.length; from += 2500) {
    const response = await fetch(`${url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: JSON.stringify({ streams: [{ stream: { app: 'a' }, values: values.slice(from, from + 2500) }] }),
    })
    assert.equal(response.status, 204, await response.text())
  }
}
