import assert from 'node:assert/strict'
import { appendFile, open, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KeptRunsOptions, openKeptRuns } from '../../../relay/src/upstream/keptRuns.ts'
import { tempDir } from '../../support/tempDir.ts'

const hourMs = 3_600_000

describe('what Loki has acknowledged', () => {
  test('is there for the next process, byte for byte, also what was kept at the same time', async t => {
    const { opened } = await directory(t)
    const kept = await opened()
    await Promise.all(['a', 'b', 'c'].map((lane, i) => kept.keep(lane, i, [bytes(100, i), bytes(1000, i)])))
    // Not closed: the process has died.
    const next = await opened()
    const found = await Promise.all(
      next.list().map(async run => [run.lane, run.records, run.bytes, String(await run.read())]),
    )
    assert.deepEqual(
      found.sort(),
      ['a', 'b', 'c'].map((lane, i) => [lane, i, 1100, Buffer.concat([bytes(100, i), bytes(1000, i)]).toString()]),
    )
  })

  test('is found up to a torn end, and goes on in another file', async t => {
    const { dir, opened, files } = await directory(t)
    const kept = await opened()
    for (const lane of ['a', 'b', 'c']) await kept.keep(lane, 1, [bytes(1000, 1)])
    await kept.close()
    const [file] = await files()
    await truncate(join(dir, file!), (await stat(join(dir, file!))).size - 1)
    const next = await opened()
    assert.deepEqual(lanes(next), ['a', 'b'])
    await next.keep('d', 1, [bytes(10, 1)])
    assert.deepEqual(lanes(await opened()), ['a', 'b', 'd'])
  })

  test('is not believed when its file holds something else', async t => {
    const { dir, opened, files } = await directory(t)
    const kept = await opened()
    for (const lane of ['a', 'b']) await kept.keep(lane, 1, [bytes(1000, 1)])
    await kept.close()
    const [file] = await files()
    await appendFile(join(dir, file!), bytes(500, 7))
    const handle = await open(join(dir, file!), 'r+')
    await handle.write(Buffer.from('x'), 0, 1, 500)
    await handle.close()
    const next = await opened()
    assert.deepEqual(lanes(next), ['a', 'b'])
    const [a, b] = await Promise.all(next.list().map(run => run.read()))
    assert.equal(a, undefined)
    assert.equal(b?.byteLength, 1000)
  })

  test('takes no more room than is allowed: the oldest is let go, and counted', async t => {
    const { opened, files, dir } = await directory(t)
    let letGo = 0
    const kept = await opened({ maxBytes: 100_000, onLetGo: records => (letGo += records) })
    for (let i = 0; i < 100; i++) await kept.keep(`lane ${i}`, 3, [bytes(5000, i)])
    assert.ok(kept.bytes() <= 100_000 && kept.bytes() > 80_000, `${kept.bytes()} bytes`)
    let onDisk = 0
    for (const file of await files()) onDisk += (await stat(join(dir, file))).size
    assert.equal(onDisk, kept.bytes())
    assert.equal(lanes(kept).at(-1), 'lane 99')
    assert.equal(letGo, 300 - kept.list().length * 3)
  })

  test('is let go by age, and what is kept then is there', async t => {
    const { opened, files } = await directory(t)
    const kept = await opened()
    await kept.keep('a', 3, [bytes(10, 1)])
    assert.equal(kept.forget(1000), 0)
    assert.deepEqual(lanes(kept), ['a'])
    await sleep(20)
    assert.equal(kept.forget(10), 3)
    assert.deepEqual(await files(), [])
    await kept.keep('b', 1, [bytes(10, 1)])
    assert.deepEqual(lanes(await opened()), ['b'])
  })

  test('is as old as it is, wherever the wall clock is set meanwhile', async t => {
    const { opened } = await directory(t)
    const kept = await opened()
    await kept.keep('a', 1, [bytes(10, 1)])
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * hourMs })
    assert.equal(kept.forget(hourMs), 0)
    t.mock.timers.setTime(Date.now() - 6 * hourMs)
    await sleep(20)
    assert.equal(kept.forget(10), 1)
  })

  test('by an earlier process is as old as the wall clock says, and not younger than now', async t => {
    const { opened } = await directory(t)
    await (await opened()).keep('a', 1, [bytes(10, 1)])
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * hourMs })
    const later = await opened()
    assert.equal(later.forget(4 * hourMs), 0)
    assert.equal(later.forget(2 * hourMs), 1)
    await later.keep('b', 1, [bytes(10, 1)])
    t.mock.timers.setTime(Date.now() - 3 * hourMs)
    const earlier = await opened()
    await sleep(20)
    assert.equal(earlier.forget(10), 1)
  })

  test('is counted where it cannot be written', async t => {
    const { opened, files } = await directory(t)
    let letGo = 0
    const kept = await opened({ onLetGo: records => (letGo += records) })
    await kept.keep('a', 5, [bytes(10, 1)])
    await kept.close()
    await kept.keep('a', 5, [bytes(10, 1)])
    assert.equal(letGo, 5)
    assert.equal((await files()).length, 1)
  })
})

async function directory(t: TestContext) {
  const dir = join(await tempDir(t), 'acknowledged')
  return {
    dir,
    files: () => readdir(dir),
    async opened(options: Partial<KeptRunsOptions> = {}) {
      const kept = await openKeptRuns({ dir, maxBytes: 1e6, fileMs: 60_000, ...options })
      t.after(() => kept.close().catch(() => {}))
      return kept
    },
  }
}

function bytes(length: number, value: number): Buffer {
  return Buffer.alloc(length, 65 + value)
}

function lanes(kept: { list(): { lane: string }[] }): string[] {
  return kept.list().map(run => run.lane)
}
