import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { batchOf, origin, recordOf, send } from '../api/sourceRelay.ts'

const megabyte = 1024 * 1024
const bomb = gzipSync(Buffer.alloc(512 * megabyte, 'a'))
const good = gzipSync(batchOf([recordOf(1)]))

describe('a body that becomes more than it is', () => {
  let relay: RelayProcess
  before(async () => {
    relay = await startRelay({ env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: origin } })
  })
  after(() => relay?.stop())

  const members = Buffer.concat([good, ...Array.from({ length: 200 }, () => gzipSync(Buffer.alloc(megabyte)))])
  const cases: [what: string, body: Buffer, status: number, code: string][] = [
    ['a bomb of 512 MB', bomb, 413, 'too_large'],
    ['a good batch, and then a bomb in the same gzip', gzipSync(bombBehind(batchOf([recordOf(1)]))), 413, 'too_large'],
    ['a batch of 8 MB that is 10 KB on the wire', gzipSync(batchOf(equalTexts())), 413, 'too_large'],
    ['200 gzips of a megabyte, one behind the other', members, 413, 'too_large'],
    ['a bomb in a gzip in a gzip', gzipSync(gzipSync(bomb)), 400, 'invalid_batch'],
    ['a bomb that is cut off', bomb.subarray(0, 500), 400, 'invalid_batch'],
    ['a gzip that is cut off', good.subarray(0, 40), 400, 'invalid_batch'],
    ['a gzip with a wrong checksum', corrupt(good, -6), 400, 'invalid_batch'],
    ['a gzip with a wrong length', corrupt(good, -2), 400, 'invalid_batch'],
    ['a gzip with another method', corrupt(good, 2), 400, 'invalid_batch'],
    ['a gzip with flags that nobody knows', corrupt(good, 3, 0xe0), 400, 'invalid_batch'],
    ['the first two bytes alone', good.subarray(0, 2), 400, 'invalid_batch'],
  ]
  for (const [what, body, status, code] of cases)
    test(`${what}: ${status} ${code}, soon, and without memory`, async () => {
      const before = await residentBytes(relay)
      const startMs = performance.now()
      const answers = await Promise.all(Array.from({ length: 6 }, () => send(relay, { body })))
      const tookMs = performance.now() - startMs
      for (const answer of answers) assert.deepEqual([answer.status, answer.json.error?.code], [status, code])
      assert.ok(tookMs < 3000, `${tookMs} ms`)
      const grownMb = ((await residentBytes(relay)) - before) / megabyte
      assert.ok(grownMb < 100, `grew by ${grownMb} MB`)
    })

  test('of a caller without a key is not inflated: 401 within the time of a bare refusal', async () => {
    const other = { path: '/v1/i/pk_other', body: bomb }
    const before = await cpuSeconds(relay)
    for (let i = 0; i < 20; i++) assert.equal((await send(relay, other)).status, 401)
    const spentS = (await cpuSeconds(relay)) - before
    // To inflate them would cost some 10 s.
    assert.ok(spentS < 1.5, `${spentS} s of processor time`)
  })

  test('does not keep the next page from being served', async () => {
    assert.equal((await send(relay, { body: good })).status, 202)
  })
})

/** Each bound holds for them but that of the ratio. */
function equalTexts(): object[] {
  return Array.from({ length: 41 }, (_, n) => recordOf(n, { message: 'ab. '.repeat(50_000) }))
}

function bombBehind(text: string): Buffer {
  return Buffer.concat([Buffer.from(`${text}\n`), Buffer.alloc(64 * megabyte, '\n')])
}

function corrupt(bytes: Buffer, at: number, value?: number): Buffer {
  const copy = Buffer.from(bytes)
  const index = at < 0 ? copy.length + at : at
  copy[index] = value ?? copy[index]! ^ 0xff
  return copy
}

async function residentBytes(relay: RelayProcess): Promise<number> {
  return (await relay.metrics()).get('process_resident_memory_bytes')!
}

async function cpuSeconds(relay: RelayProcess): Promise<number> {
  return (await relay.metrics()).get('process_cpu_seconds_total')!
}
