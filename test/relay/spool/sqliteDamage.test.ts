import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
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
import fc from 'fast-check'
import type { LeasedPart, Spool } from '../../../relay/src/spool/spool.ts'
import type { SpoolDamage } from '../../../relay/src/spool/sqliteMessages.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'
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
  for (const lane of await spool.lanes()) parts.push(...(await spool.lease({ lane, ...everything })))
  return parts
}

/** Overwrites what is there. */
function write(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

/** Of the page of a table on which most of its rows lie. */
function leafOf(file: string, table: string): number {
  const db = new DatabaseSync(file)
  const row = db.prepare("SELECT pageno, max(ncell) FROM dbstat WHERE name = ? AND pagetype = 'leaf'").get(table) as
    | { pageno: number }
    | undefined
  db.close()
  assert.ok(row, `${table} has no page`)
  return row.pageno
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
  const page = leafOf(file, 'parts')
  write(file, (page - 1) * pageBytes, randomBytes(pageBytes))
  const { spool, damage } = await open(t, dir)
  assert.equal(damage?.kind, undefined, 'nothing has read the page yet')
  await assert.rejects(leaseAll(spool), /damaged .* salvaged at the next start/)

  const { spool: next, damage: told } = await open(t, dir)
  assert.equal(told?.kind, 'unreadable')
  const parts = await leaseAll(next)
  const lost = 300 - parts.length
  assert.ok(lost > 0 && lost < 80, `${lost} lost`)
  assert.equal(told.lostRecords, 3 * lost)
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
  let salvaged = 0
  let flagged = 0
  await fc.assert(
    fc.asyncProperty(
      // Not the header, by which SQLite knows what it can open at all: without it a start is refused.
      fc.array(
        fc.tuple(fc.integer({ min: 100, max: whole.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 300 })),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
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
