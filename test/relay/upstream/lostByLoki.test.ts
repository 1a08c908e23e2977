import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { laneName } from '../../../relay/src/lane.ts'
import { type OwnLoki, startLoki } from '../../support/realLoki.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { shipping } from './shipping.ts'

/** A page of Loki's write-ahead log, which a record of more than that goes beyond. */
const walPageBytes = 32 * 1024
const selector = '{app="shop"}'
let loki: OwnLoki

before(async () => {
  loki = await startLoki()
})
after(() => loki.stop())

test('Loki killed twice forgets what it had acknowledged between: it is stored again, once', async t => {
  const tenant = randomUUID()
  const lane = laneName(tenant, { app: 'shop' })
  const { append, start, untilEmpty, untilAudited, audited, counts, keep } = await shipping(t, loki.url)
  const shipper = start({ kept: await keep(), settleMs: 6000, maxRetryDelayMs: 500 })
  const lines: string[] = []
  const ship = async (name: string, count: number) => {
    const more = numbered(`${name} ${'x'.repeat(400)}`, count)
    lines.push(...more)
    shipper.notify(await append(samplePart(lane, more)))
  }

  // 1. Killed amid the write of a record: its first pages are there, the rest is not.
  await ship('before', 300)
  await untilEmpty()
  await loki.kill('SIGKILL')
  await tearLog(join(loki.dataDir, 'wal'))

  // 2. It reads on up to the tear, and acknowledges more, behind it.
  await ship('first outage', 10)
  await loki.start()
  await untilEmpty(60_000)
  await untilAudited(1, 60_000)
  const range = { startMs: Date.now() - 600_000, endMs: Date.now() + 60_000 }
  for (let i = 0; i < 5; i++) await ship(`between ${i}`, 100)
  await untilEmpty()
  assert.equal(await loki.queryCount(tenant, selector, range), lines.length)
  const lostBefore = audited.found.lost ?? 0
  const passes = audited.passes

  // 3. Killed again: the start after it does not read beyond the tear.
  await loki.kill('SIGKILL')
  await ship('second outage', 10)
  await loki.start()
  await untilEmpty(60_000)
  await untilAudited(passes + 1, 60_000)
  t.diagnostic(JSON.stringify({ lostBefore, ...audited }))
  assert.ok((audited.found.lost ?? 0) - lostBefore >= 500, 'Loki has lost nothing: is it mended?')
  assert.deepEqual(
    (await loki.queryLog(tenant, selector, range)).map(({ line }) => line).sort(),
    lines.sort(),
    'log query',
  )
  assert.equal(await loki.queryCount(tenant, selector, range), lines.length, 'metric query')
  assert.deepEqual(counts, { ...counts, stored: lines.length, quarantined: 0, unchecked: 0 })
})

/** Cuts the newest segment at a page within its last record. */
async function tearLog(dir: string): Promise<void> {
  const segments = (await readdir(dir)).filter(name => /^\d+$/.test(name)).sort()
  for (const name of segments.reverse()) {
    const { size } = await stat(join(dir, name))
    if (size <= walPageBytes) continue
    await truncate(join(dir, name), Math.floor((size - 1) / walPageBytes) * walPageBytes)
    return
  }
  throw new Error('the log is too short to tear')
}
