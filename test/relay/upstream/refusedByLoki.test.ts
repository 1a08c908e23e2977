import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Entry, encodeEntries } from '../../../relay/src/entry.ts'
import { laneName } from '../../../relay/src/lane.ts'
import { type LokiEntry, type OwnLoki, startLoki } from '../../support/realLoki.ts'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, sampleEntries } from './sampleParts.ts'
import { shipping } from './shipping.ts'

const hourMs = 3600_000
let loki: OwnLoki

before(async () => {
  loki = await startLoki({
    limits: {
      max_line_size: '1KB',
      reject_old_samples_max_age: '2h',
      max_structured_metadata_size: '1KB',
      max_structured_metadata_entries_count: 6,
      creation_grace_period: '1m',
    },
  })
})
after(() => loki.stop())

test('what Loki refuses is stored in a form that it takes, and its neighbours as they are: all of them once', async t => {
  const { ship, stored, counts } = await refusing(t)
  const nowMs = Date.now()
  const json = JSON.stringify({ message: `long ${'ü'.repeat(900)}`, url: 'https://shop.example/' })
  await ship([
    ...entries('good', 40, nowMs),
    ...entries('too old', 3, nowMs - 3 * hourMs),
    ...entries('more good', 40, nowMs + 1000),
    ...entries('too far behind', 3, nowMs - 1.6 * hourMs),
    ...entries('too new', 3, nowMs + 5 * 60_000),
    ...sampleEntries([json, 'x'.repeat(2000)], nowMs + 2000),
    ...entries('large metadata', 2, nowMs + 3000).map(entry => ({ ...entry, metadata: large })),
    ...entries('much metadata', 2, nowMs + 4000).map(entry => ({ ...entry, metadata: much })),
    ...entries('still good', 40, nowMs + 5000),
  ])
  const found = await stored()
  const of = (name: string) => found.filter(({ line }) => line.startsWith(`${name} `))
  for (const name of ['good', 'more good', 'still good']) {
    assert.deepEqual(
      of(name)
        .map(({ line }) => line)
        .sort(),
      numbered(name, 40).sort(),
    )
    assert.ok(of(name).every(({ labels }) => !labels.repaired))
  }
  for (const name of ['too old', 'too new']) {
    assert.equal(of(name).length, 3)
    for (const { timestampNs, labels } of of(name)) {
      assert.ok(Math.abs(Number(timestampNs) / 1e6 - Date.now()) < 60_000)
      assert.equal(labels.repaired, 'time')
      assert.equal(Math.round((Date.parse(labels.event_time!) - nowMs) / 60_000), name === 'too old' ? -180 : 5)
    }
  }
  assert.deepEqual(
    of('too far behind').map(({ labels }) => [labels.repaired, labels.late]),
    Array(3).fill(['stream', new Date(nowMs - 1.6 * hourMs).toISOString().slice(0, 13)]),
  )
  const cut = found.filter(({ labels }) => labels.repaired === 'line').map(({ line }) => line)
  assert.ok(cut.every(line => Buffer.byteLength(line) <= 1024 && Buffer.byteLength(line) > 800))
  const [object] = cut.filter(line => line.startsWith('{')).map(line => JSON.parse(line))
  assert.match(object.message, /^long ü{200,}.*\[cut\]$/)
  assert.equal(object.truncated, true)
  assert.equal(of('large metadata').length, 2)
  assert.ok([...of('large metadata'), ...of('much metadata')].every(({ labels }) => labels.repaired === 'metadata'))
  assert.ok([...of('large metadata'), ...of('much metadata')].every(({ labels }) => labels.level === 'warn'))
  assert.equal(found.length, 135)
  assert.deepEqual(counts, { ...counts, stored: 135, repaired: 15, quarantined: 0, unchecked: 0 })
})

test('with our clock hours ahead an entry gets the time that Loki has, so that none is refused a second time', async t => {
  const { ship, stored, counts } = await refusing(t)
  const wallMs = Date.now
  const ahead = t.mock.method(Date, 'now', () => wallMs() + 3 * hourMs)
  await ship(entries('ahead', 50, Date.now()))
  ahead.mock.restore()
  const found = await stored()
  assert.deepEqual(found.map(({ line }) => line).sort(), numbered('ahead', 50).sort())
  assert.ok(found.every(({ labels }) => labels.repaired === 'time'))
  assert.ok(found.every(({ timestampNs }) => Math.abs(Number(timestampNs) / 1e6 - Date.now()) < 60_000))
  assert.deepEqual(counts, { ...counts, stored: 50, repaired: 50, quarantined: 0, unchecked: 0 })
})

test('what nothing can be done about is set aside with the words of Loki, and its neighbours are stored once', async t => {
  const { ship, stored, counts, quarantined } = await refusing(t)
  const bad = entries('bad', 2, Date.now() + 1000).map((entry, i) => ({
    ...entry,
    metadata: [[i === 0 ? '' : '-', 'x']] as Entry['metadata'],
  }))
  await ship([...entries('good', 50, Date.now()), ...bad, ...entries('more good', 50, Date.now() + 2000)])
  assert.deepEqual(
    (await stored()).map(({ line }) => line).sort(),
    [...numbered('good', 50), ...numbered('more good', 50)].sort(),
  )
  assert.deepEqual(counts, { ...counts, stored: 100, repaired: 0, quarantined: 2 })
  assert.equal(await quarantined(), 2)
})

test('a name of a label that Loki does not take stops the lane, and nothing of it is lost', async t => {
  const { spool, append, start, counts } = await shipping(t, loki.url)
  const lane = `${randomUUID()} {a-b="c"}`
  const body = encodeEntries(entries('good', 5, Date.now()))
  const shipper = start()
  shipper.notify(await append({ lane, records: 5, body }))
  const stopped = () => shipper.lanes().find(({ state }) => state === 'stopped')
  await waitFor(stopped, { timeoutMs: 10_000, what: 'the lane to stop' })
  assert.match(stopped()?.reason ?? '', /couldn't parse labels/)
  assert.deepEqual(counts, { ...counts, stored: 0, quarantined: 0 })
  assert.equal((await spool().stats()).records, 5)
})

const large: Entry['metadata'] = [
  ['level', 'warn'],
  ['a', 'x'.repeat(2000)],
]
const much: Entry['metadata'] = [
  ['level', 'warn'],
  ...numbered('a', 9).map(name => [name.replace(' ', ''), 'x'] as const),
]

function entries(name: string, count: number, startMs: number): Entry[] {
  return sampleEntries(numbered(name, count), Math.floor(startMs))
}

/** A lane of one's own, and what Loki has of it in the end, which a metric query must count as well. */
async function refusing(t: Parameters<typeof shipping>[0]) {
  const tenant = randomUUID()
  const { spool, append, start, untilEmpty, counts } = await shipping(t, loki.url)
  return {
    counts,
    quarantined: async () => (await spool().stats()).quarantinedRecords,
    async ship(all: Entry[]) {
      const lane = laneName(tenant, { app: 'shop' })
      start().notify(await append({ lane, records: all.length, body: encodeEntries(all) }))
      await untilEmpty(30_000)
    },
    async stored(): Promise<LokiEntry[]> {
      const range = { startMs: Date.now() - 2.2 * hourMs, endMs: Date.now() + 600_000 }
      const found = await loki.queryLog(tenant, '{app="shop"}', range)
      assert.equal(await loki.queryCount(tenant, '{app="shop"}', range), found.length, 'metric query')
      return found
    },
  }
}
