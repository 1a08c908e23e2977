import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import fc from 'fast-check'
import type { LeasedPart, Spool } from '../../../relay/src/spool/spool.ts'
import type { SpoolDamage } from '../../../relay/src/spool/sqliteMessages.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'
import { setAsideDamaged } from '../../../relay/src/upstream/setAsideDamaged.ts'
import { tempDir } from '../../support/tempDir.ts'

const pageBytes = 8192
const lanes = ['acme {app="shop", kind="log"}', 'acme {app="shop", kind="exception"}'] as const
const everything = { maxRecords: 1_000_000, maxBytes: 1024 ** 3, ttlMs: 60_000 }
const rounds = process.env.LONG ? 400 : 40

interface Opened {
  spool: Spool
  damage: SpoolDamage | undefined
}

async function open(t: TestContext, dir: string): Promise<Opened> {
  let damage: SpoolDamage | undefined
  const spool = await openSqliteSpool({
    dir,
    minFreeBytes: 0,
    onDamage(found) {
      damage = found
    },
  })
  t.after(spool.close)
  return { spool, damage }
}

/** A closed spool of so many batches of one part, of these sizes in turn; and what is in them. */
async function filled(t: TestContext, batches: number, sizes: readonly number[] = [20_000]) {
  const dir = await tempDir(t)
  const { spool } = await open(t, dir)
  const bodies: Buffer[] = []
  for (let i = 0; i < batches; i++) {
    const body = randomBytes(sizes[i % sizes.length]!)
    bodies.push(body)
    await spool.append({
      app: 'shop',
      id: `batch ${i}`,
      from: 0,
      to: 3,
      parts: [{ lane: laneOf(i), records: 3, body }],
    })
  }
  await spool.close()
  return { dir, file: join(dir, 'spool.sqlite'), bodies }
}

function appendOne(spool: Spool, id: string, body: Uint8Array = Buffer.from('x')) {
  return spool.append({ app: 'shop', id, from: 0, to: 1, parts: [{ lane: lanes[0], records: 1, body }] })
}

function laneOf(batch: number): string {
  return lanes[batch % lanes.length]!
}

async function leaseAll(spool: Spool): Promise<LeasedPart[]> {
  const parts: LeasedPart[] = []
  for (const lane of await spool.lanes()) {
    let leased: LeasedPart[]
    do {
      leased = await spool.lease({ lane, ...everything })
      parts.push(...leased)
    } while (leased.length > 0)
  }
  return parts
}

/** In order, after as many starts as it takes. */
async function leaseAllIn(t: TestContext, dir: string): Promise<LeasedPart[]> {
  for (let start = 0; start < 3; start++) {
    const { spool } = await open(t, dir)
    try {
      return (await leaseAll(spool)).filter(part => !part.damaged).sort((a, b) => a.seq - b.seq)
    } catch (error) {
      assert.match(String(error), /salvaged at the next start/)
    }
  }
  assert.fail('salvaged again and again')
}

/** Overwrites what is there. */
function write(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

/** The page of a table on which most of its rows lie. */
function leafOf(file: string, table: string) {
  const db = new DatabaseSync(file)
  const leaf = db
    .prepare("SELECT pageno AS page, max(ncell) AS rows FROM dbstat WHERE name = ? AND pagetype = 'leaf'")
    .get(table) as { page: number; rows: number } | undefined
  db.close()
  assert.ok(leaf && leaf.rows > 1, `${table} has no page of several rows`)
  return leaf
}

/** What only rot can do: to columns of a STRICT table, values of any type. */
function setRotten(file: string, change: string): void {
  inTwoSteps("replace(sql, ') STRICT', ')')", change)
  inTwoSteps("sql || ' STRICT'")

  function inTwoSteps(sql: string, more = 'SELECT 1'): void {
    for (const statement of [`UPDATE sqlite_schema SET sql = ${sql} WHERE name = 'parts'`, more]) {
      const db = new DatabaseSync(file, { defensive: false })
      db.exec(`PRAGMA writable_schema = ON; ${statement}`)
      db.close()
    }
  }
}

test('a bit that flips in what is stored costs its own part, and that is told', async t => {
  const { dir, file, bodies } = await filled(t, 5)
  const at = readFileSync(file).indexOf(bodies[2]!.subarray(5000, 5100))
  assert.ok(at > 0)
  write(file, at, Uint8Array.of(bodies[2]![5000]! ^ 4))
  const { spool, damage } = await open(t, dir)
  assert.equal(damage, undefined)
  const parts = await leaseAll(spool)
  assert.deepEqual(
    parts.map(({ seq, damaged = false }) => ({ seq, damaged })).sort((a, b) => a.seq - b.seq),
    [1, 2, 3, 4, 5].map(seq => ({ seq, damaged: seq === 3 })),
  )
  for (const part of parts) if (!part.damaged) assert.deepEqual(Buffer.from(part.body), bodies[part.seq - 1])
})

test('parts, ids and quarantine of a file with a ruined page are there but for those on it, and the file is kept', async t => {
  const { dir, file, bodies } = await filled(t, 300, [100, 12_000])
  const { page, rows } = leafOf(file, 'parts')
  write(file, (page - 1) * pageBytes, randomBytes(pageBytes))
  const { spool, damage } = await open(t, dir)
  assert.equal(damage?.kind, undefined, 'nothing has read the page yet')
  await assert.rejects(leaseAll(spool), /damaged .* salvaged at the next start/)

  const { spool: next, damage: told } = await open(t, dir)
  assert.equal(told?.kind, 'unreadable')
  const parts = await leaseAll(next)
  assert.equal(300 - parts.length, rows)
  assert.equal(told.lostRecords, 3 * rows)
  for (const { seq, body } of parts) assert.deepEqual(Buffer.from(body), bodies[seq - 1])
  assert.ok(statSync(told.keptAs!).size > 0)
  assert.deepEqual(
    await next.append({ app: 'shop', id: 'batch 299', from: 0, to: 3, parts: [] }),
    { status: 'duplicate' },
    'ids are known',
  )
  assert.deepEqual(await appendOne(next, 'new', Buffer.from('new')), { status: 'stored' })
  await next.close()
  const again = await open(t, dir)
  assert.equal(again.damage, undefined, 'once')
  assert.equal((await again.spool.stats()).parts, parts.length + 1)
})

test('a salvage that is killed before its last step is brought to its end by the next start', async t => {
  const { dir, file } = await filled(t, 10)
  renameSync(file, join(dir, 'salvage.sqlite'))
  writeFileSync(join(dir, 'spool.damaged'), '')
  const { spool, damage } = await open(t, dir)
  assert.equal(damage?.kind, 'unreadable')
  assert.equal((await spool.stats()).parts, 10)
})

test('a file that was cut short gives what is left of it', async t => {
  const { dir, file, bodies } = await filled(t, 200)
  truncateSync(file, Math.floor(statSync(file).size / 2))
  const { spool, damage } = await open(t, dir)
  assert.equal(damage?.kind, 'unreadable')
  const parts = await leaseAll(spool)
  const sound = parts.filter(part => !part.damaged)
  assert.ok(sound.length > 60, `${sound.length} of 200`)
  for (const { seq, body } of sound) assert.deepEqual(Buffer.from(body), bodies[seq - 1])
})

for (const [name, at, rot] of [
  ['header', 0, randomBytes(100)],
  ['first page', 0, randomBytes(pageBytes)],
  ['version', 60, Uint8Array.of(0, 0, 7, 7)],
  ['write version', 18, Uint8Array.of(3)],
  ['read version', 19, Uint8Array.of(3)],
  ['length', 28, Uint8Array.of(0x7f, 0, 0, 0)],
  ['length, which is too short now', 28, Uint8Array.of(0, 0, 0, 9)],
] as const)
  test(`a file with a ruined ${name} gives all that it holds`, async t => {
    const { dir, file, bodies } = await filled(t, 200)
    write(file, at, rot)
    const { spool } = await open(t, dir)
    const parts = (await leaseAll(spool)).sort((a, b) => a.seq - b.seq)
    // Not the bodies against each other: megabytes that differ take minutes to print.
    assert.deepEqual(
      parts.map(({ seq }) => seq),
      bodies.map((_, i) => i + 1),
    )
    for (const { seq, body } of parts) assert.ok(bodies[seq - 1]!.equals(body))
    assert.deepEqual(await appendOne(spool, 'batch 7'), { status: 'duplicate' })
  })

for (const [column, value] of [
  ['body', "'a text'"],
  ['body', '7'],
  ['batch', "x'00ff'"],
  ['app', '7'],
  ['lane', "x'00'"],
  ['records', "'many'"],
  ['records', '1.5'],
  ['at', "'now'"],
])
  test(`${value} for the ${column} of a part costs that part`, async t => {
    const { dir, file } = await filled(t, 9)
    setRotten(file, `UPDATE parts SET ${column} = ${value} WHERE seq = 5`)
    const { spool } = await open(t, dir)
    const parts = await leaseAll(spool)
    const sound = parts.filter(part => !part.damaged).map(({ seq }) => seq)
    assert.deepEqual(
      sound.sort((a, b) => a - b),
      [1, 2, 3, 4, 6, 7, 8, 9],
    )
    const { parts: undamaged } = await setAsideDamaged(spool, parts)
    await spool.ack(undamaged)
    assert.equal((await spool.stats()).parts, 0)
    assert.equal((await spool.quarantined({ after: 0, limit: 9 })).length, 1)
  })

for (const column of ['records', 'bytes', 'at', 'seq'])
  for (const value of [2n ** 63n - 1n, 2n ** 52n, -1n])
    test(`${value} for the ${column} of a part costs that part at most`, async t => {
      const { dir, file } = await filled(t, 9)
      const db = new DatabaseSync(file)
      db.prepare(`UPDATE parts SET ${column} = ? WHERE seq = 5`).run(value)
      db.close()
      const parts = await leaseAllIn(t, dir)
      const others = parts.map(({ seq }) => seq).filter(seq => [1, 2, 3, 4, 6, 7, 8, 9].includes(seq))
      assert.equal(others.length, 8)
    })

test('a file whose tables changed their places by a VACUUM is sound', async t => {
  const { dir, file } = await filled(t, 10)
  const db = new DatabaseSync(file)
  db.exec('VACUUM')
  db.close()
  const { spool, damage } = await open(t, dir)
  assert.equal(damage, undefined)
  assert.equal((await leaseAll(spool)).length, 10)
})

test('a log that was deleted after a crash is missed, and after an orderly end it is not', async t => {
  const dir = await tempDir(t)
  const { spool } = await open(t, dir)
  await appendOne(spool, 'b1')
  const crashed = await copyAsCrashed(t, dir)
  await spool.close()
  rmSync(join(crashed, 'spool.sqlite-wal'))
  assert.deepEqual((await open(t, crashed)).damage, { kind: 'logMissing' })
  assert.equal((await open(t, dir)).damage, undefined)
})

test('a log that breaks off in its midst is told, and one that a crash cut short is not', async t => {
  const dir = await tempDir(t)
  const { spool } = await open(t, dir)
  const bodies = Array.from({ length: 10 }, () => randomBytes(20_000))
  for (const [i, body] of bodies.entries()) await appendOne(spool, `b${i}`, body)
  const cut = await copyAsCrashed(t, dir)
  const rotten = await copyAsCrashed(t, dir)
  const logOf = (copy: string) => join(copy, 'spool.sqlite-wal')
  const at = (i: number) => readFileSync(logOf(rotten)).indexOf(bodies[i]!.subarray(9000, 9100))

  truncateSync(logOf(cut), at(9))
  const { spool: whole, damage } = await open(t, cut)
  assert.equal(damage, undefined)
  assert.equal((await whole.stats()).parts, 9)

  write(logOf(rotten), at(4), Uint8Array.of(bodies[4]![9000]! ^ 1))
  const { spool: rest, damage: told } = await open(t, rotten)
  assert.equal(told?.kind, 'logDamaged')
  assert.equal(told.lostTransactions, 5, 'b4 may be the one that a crash cut short')
  assert.ok(existsSync(told.keptAs!))
  assert.equal((await rest.stats()).parts, 4)
})

for (const [field, at] of [
  ['magic number', 0],
  ['page size', 10],
  ['first salt', 16],
  ['second salt', 20],
  ['checksum', 24],
] as const)
  test(`a log with a bit turned in the ${field} of its header is told, and kept`, async t => {
    const dir = await tempDir(t)
    const { spool } = await open(t, dir)
    for (let i = 0; i < 5; i++) await appendOne(spool, `b${i}`)
    const rotten = await copyAsCrashed(t, dir)
    const log = join(rotten, 'spool.sqlite-wal')
    write(log, at, Uint8Array.of(readFileSync(log)[at]! ^ 1))
    const size = statSync(log).size
    const { damage } = await open(t, rotten)
    assert.equal(damage?.kind, 'logDamaged')
    assert.equal(statSync(damage.keptAs!).size, size)
  })

test('a log whose file was deleted is put aside and told, and the spool works', async t => {
  const dir = await tempDir(t)
  const { spool } = await open(t, dir)
  await appendOne(spool, 'b1')
  const crashed = await copyAsCrashed(t, dir)
  rmSync(join(crashed, 'spool.sqlite'))
  const { spool: next, damage } = await open(t, crashed)
  assert.equal(damage?.kind, 'fileMissing')
  assert.ok(existsSync(damage.keptAs))
  assert.equal((await next.stats()).writable, true)
})

test('a spool that another process has is never salvaged, whatever a mark beside it says', async t => {
  const dir = await tempDir(t)
  const { spool } = await open(t, dir)
  await appendOne(spool, 'b1')
  writeFileSync(join(dir, 'spool.damaged'), '')
  const other = execFileSync(process.execPath, ['-e', opener(dir)], { encoding: 'utf8' })
  assert.match(other, /another process uses it/)
  assert.equal((await spool.stats()).parts, 1)
  await spool.close()
  const { spool: next, damage } = await open(t, dir)
  assert.equal(damage?.kind, 'unreadable')
  assert.equal((await next.stats()).parts, 1)
})

test('of two processes that find a damaged spool one salvages, and all that can be read is there', async t => {
  const { dir, file } = await filled(t, 10)
  const db = new DatabaseSync(file)
  const add = db.prepare("INSERT INTO seen (id, app, count, at) VALUES (?, 'shop', 1, ?)")
  db.exec('BEGIN')
  for (let i = 0; i < 200_000; i++) add.run(`id ${i}`, Date.now())
  db.exec('COMMIT')
  db.close()
  writeFileSync(join(dir, 'spool.damaged'), '')
  const said = await Promise.all(
    [0, 40].map(async delayMs => {
      await sleep(delayMs)
      return (await promisify(execFile)(process.execPath, ['-e', opener(dir)])).stdout
    }),
  )
  assert.ok(
    said.some(text => /another process uses it/.test(text)),
    said.join(),
  )
  const { spool } = await open(t, dir)
  assert.equal((await spool.stats()).parts, 10)
})

test('a file without checksums, of an earlier version, is taken up as it is', async t => {
  const { dir, file, bodies } = await filled(t, 3)
  const db = new DatabaseSync(file)
  db.exec('ALTER TABLE parts DROP COLUMN crc; PRAGMA user_version = 1')
  db.close()
  const { spool, damage } = await open(t, dir)
  assert.equal(damage, undefined)
  const parts = await leaseAll(spool)
  assert.deepEqual(parts.map(({ body }) => Buffer.from(body)).sort(Buffer.compare), bodies.sort(Buffer.compare))
  assert.ok(parts.every(part => !part.damaged))
})

test('whatever rots in the file, no part comes out other than it went in, and appends go on', {
  timeout: 600_000,
}, async t => {
  const { dir, file, bodies } = await filled(t, 60, [50, 3000, 30_000])
  const whole = readFileSync(file)
  // As often where the tables begin as in all that they hold: most of a file are bodies.
  const place = fc.oneof(fc.nat(10 * pageBytes), fc.nat(whole.length - 1))
  let salvaged = 0
  let flagged = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 300 })), { minLength: 1, maxLength: 6 }),
      async rot => {
        for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true })
        const handle = openSync(file, 'w')
        writeSync(handle, whole)
        closeSync(handle)
        for (const [at, bytes] of rot) write(file, at, bytes.subarray(0, whole.length - at))
        for (let start = 0; ; start++) {
          assert.ok(start < 3, 'salvaged again and again')
          const { spool, damage } = await open(t, dir)
          if (damage) salvaged++
          try {
            const parts = await leaseAll(spool)
            for (const part of parts) {
              if (part.damaged) flagged++
              else assert.deepEqual(Buffer.from(part.body), bodies[part.seq - 1])
            }
            for (const part of parts.filter(each => each.damaged))
              await spool.quarantine(part, {
                reason: 'damaged',
                poison: { records: part.records, body: new Uint8Array() },
              })
            await spool.ack(parts)
            await appendOne(spool, 'after', randomBytes(9))
            await spool.close()
            return
          } catch (error) {
            assert.match(String(error), /salvaged at the next start/)
          }
        }
      },
    ),
    { numRuns: rounds },
  )
  t.diagnostic(`${rounds} times: salvaged ${salvaged}, parts found damaged ${flagged}`)
  assert.ok(salvaged > 0 && flagged > 0)
})

function opener(dir: string): string {
  const engine = new URL('../../../relay/src/spool/sqliteSpool.ts', import.meta.url).href
  return `
    const { openSqliteSpool } = await import(${JSON.stringify(engine)})
    await openSqliteSpool({ dir: ${JSON.stringify(dir)} }).catch(error => console.log(error.message))`
}

/** The files as a kill would leave them. */
async function copyAsCrashed(t: TestContext, dir: string): Promise<string> {
  const copy = await tempDir(t)
  for (const name of ['spool.sqlite', 'spool.sqlite-wal']) {
    const handle = openSync(join(copy, name), 'w')
    writeSync(handle, readFileSync(join(dir, name)))
    closeSync(handle)
  }
  return copy
}
