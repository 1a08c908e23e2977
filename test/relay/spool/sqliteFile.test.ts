import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openDatabase } from '../../../relay/src/spool/sqliteDatabase.ts'
import { createMaintenance } from '../../../relay/src/spool/sqliteMaintenance.ts'
import type { SpoolDamage } from '../../../relay/src/spool/sqliteMessages.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'

const lane = 'acme {app="shop"}'
const spoolUrl = new URL('../../../relay/src/spool/sqliteSpool.ts', import.meta.url).href
const dayMs = 86_400_000

function batch(id: string, bytes = 10) {
  return { app: 'shop', id, from: 0, to: 1, parts: [{ lane, records: 1, body: new Uint8Array(bytes) }] }
}

test('the directory is made for its owner alone', async t => {
  const dir = join(await tempDir(t), 'deep', 'spool')
  const spool = await openSqliteSpool({ dir })
  t.after(spool.close)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
})

test('a second process is told that the first has the spool, and does it no harm', async t => {
  const dir = await tempDir(t)
  const child = spawn(process.execPath, ['-e', holder(dir)], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await assert.rejects(
    openSqliteSpool({ dir }),
    /cannot open the spool .*spool\.sqlite: another process uses it\. Stop that relay or command, or give .*--data-dir/,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  const spool = await openSqliteSpool({ dir })
  t.after(spool.close)
  assert.equal((await spool.stats()).parts, 1)
})

test('an open spool does not keep its process alive, and an append under way does', async t => {
  const dir = await tempDir(t)
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', appender(dir)], { timeout: 20_000 })
  assert.equal(stdout, 'stored')
  await promisify(execFile)(process.execPath, ['-e', opener(dir)], { timeout: 20_000 })
})

test('a file of a newer version is refused and left as it is', async t => {
  const dir = await tempDir(t)
  const file = join(dir, 'spool.sqlite')
  const db = new DatabaseSync(file)
  db.exec('PRAGMA user_version = 99; CREATE TABLE future (x)')
  db.close()
  await assert.rejects(openSqliteSpool({ dir }), /written by a newer version \(schema 99, this one knows 2\)/)
  const again = new DatabaseSync(file)
  t.after(() => again.close())
  assert.deepEqual(
    again
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(row => row.name),
    ['future'],
  )
})

test('so is one of a newer version that has all of our tables, and one column more', async t => {
  const dir = await tempDir(t)
  await (await openSqliteSpool({ dir })).close()
  const db = new DatabaseSync(join(dir, 'spool.sqlite'))
  db.exec('ALTER TABLE parts ADD COLUMN priority INTEGER; PRAGMA user_version = 3')
  db.close()
  await assert.rejects(openSqliteSpool({ dir }), /written by a newer version \(schema 3, this one knows 2\)/)
})

test('a file that never was a spool is put aside, and told', async t => {
  const dir = await tempDir(t)
  const text = 'this is a text, and none of ours'.repeat(1000)
  writeFileSync(join(dir, 'spool.sqlite'), text)
  let damage: SpoolDamage | undefined
  const spool = await openSqliteSpool({
    dir,
    onDamage(found) {
      damage = found
    },
  })
  t.after(spool.close)
  assert.ok(damage?.kind === 'unreadable')
  assert.ok(readFileSync(damage.keptAs!, 'utf8').startsWith(text))
  assert.deepEqual(await spool.append(batch('b1')), { status: 'stored' })
})

test('a disk that is nearly full refuses appends, and what is stored still drains', async t => {
  const dir = await tempDir(t)
  const before = await openSqliteSpool({ dir })
  await before.append(batch('b1'))
  await before.close()
  const spool = await openSqliteSpool({ dir, minFreeBytes: Number.MAX_SAFE_INTEGER })
  t.after(spool.close)
  await assert.rejects(spool.append(batch('b2')), { name: 'SpoolFullError', bound: 'disk' })
  const { writable, full, freeBytes } = await spool.stats()
  assert.deepEqual([writable, full?.bound, freeBytes], [false, 'disk', 0])
  assert.ok(full?.reason.includes(`free on the disk of ${dir}: make room`), full?.reason)
  await spool.ack(await spool.lease({ lane, maxRecords: 10, maxBytes: 1e6, ttlMs: 1000 }))
  assert.equal((await spool.stats()).parts, 0)
})

test('of poison beyond a tenth of the quota only the fact is kept', async t => {
  const spool = await openSqliteSpool({ dir: await tempDir(t), maxBytes: 4 * 1024 ** 2, minFreeBytes: 0 })
  t.after(spool.close)
  for (let i = 0; i < 30; i++) {
    await spool.append(batch(`b${i}`, 300_000))
    const [part] = await spool.lease({ lane, maxRecords: 1, maxBytes: 1e6, ttlMs: 1000 })
    await spool.quarantine(part!, { reason: 'too old', poison: part! })
  }
  const { quarantinedRecords, writable } = await spool.stats()
  assert.deepEqual({ quarantinedRecords, writable }, { quarantinedRecords: 30, writable: true })
})

test('batch ids are forgotten after seven days, not before', async t => {
  const db = openDatabase(await tempDir(t))
  t.after(() => db.close())
  const insert = db.prepare("INSERT INTO seen (id, app, count, at) VALUES (?, 'shop', 1, ?)")
  const nowMs = Date.now()
  db.exec('BEGIN')
  for (let i = 0; i < 2000; i++) insert.run(`old ${i}`, nowMs - 7 * dayMs - 60_000)
  for (let i = 0; i < 10; i++) insert.run(`young ${i}`, nowMs - 7 * dayMs + 60_000)
  db.exec('COMMIT')
  pruneOften(db, 1024 ** 3)
  assert.equal(db.prepare('SELECT count(*) AS count FROM seen').get()?.count, 10)
})

test('a flood of batch ids pushes out the oldest before it fills the spool', async t => {
  const db = openDatabase(await tempDir(t))
  t.after(() => db.close())
  const insert = db.prepare("INSERT INTO seen (id, app, count, at) VALUES (?, 'shop', 1, ?)")
  db.exec('BEGIN')
  for (let i = 0; i < 8000; i++) insert.run(`id ${i}`, Date.now())
  db.exec('COMMIT')
  pruneOften(db, 1024 ** 2)
  const { rows, bytes, first } = db
    .prepare('SELECT count(*) AS rows, count(*) * 160 AS bytes, min(n) AS first FROM seen')
    .get() as Record<string, number>
  assert.ok(rows! > 3000 && bytes! <= 1024 ** 2 / 2, `${rows} rows`)
  assert.equal(first, 8000 - rows! + 1)
})

test('drained space goes back to the file system while nobody waits', async t => {
  const dir = await tempDir(t)
  const spool = await openSqliteSpool({ dir })
  t.after(spool.close)
  for (let i = 0; i < 40; i++) await spool.append(batch(`b${i}`, 1_000_000))
  const size = () => statSync(join(dir, 'spool.sqlite')).size
  for (;;) {
    const parts = await spool.lease({ lane, maxRecords: 5, maxBytes: 1e7, ttlMs: 10_000 })
    if (parts.length === 0) break
    await spool.ack(parts)
  }
  await waitFor(() => size() < 2_000_000, { timeoutMs: 15_000, what: 'the file to shrink' })
})

/** As in the seconds that follow: a single step is short. */
function pruneOften(db: DatabaseSync, maxBytes: number): void {
  const { prune } = createMaintenance(db, maxBytes)
  for (let i = 0; i < 30; i++) prune()
}

function holder(dir: string): string {
  return `
    const { openSqliteSpool } = await import(${JSON.stringify(spoolUrl)})
    const spool = await openSqliteSpool({ dir: ${JSON.stringify(dir)} })
    await spool.append({ app: 'shop', id: 'b1', from: 0, to: 1, parts: [{ lane: 'l', records: 1, body: new Uint8Array(1) }] })
    console.log('open')
    setInterval(() => {}, 1000)`
}

function opener(dir: string): string {
  return `
    const { openSqliteSpool } = await import(${JSON.stringify(spoolUrl)})
    await openSqliteSpool({ dir: ${JSON.stringify(dir)} })`
}

function appender(dir: string): string {
  return `
    const { openSqliteSpool } = await import(${JSON.stringify(spoolUrl)})
    const spool = await openSqliteSpool({ dir: ${JSON.stringify(dir)} })
    spool.append({ app: 'shop', id: 'b1', from: 0, to: 1, parts: [] }).then(({ status }) => process.stdout.write(status))`
}
