import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { type SmallDisk, startSmallDisk } from '../../support/smallDisk.ts'

const mib = 1024 ** 2

test('what a killed process left on a full disk can be opened and read, and emptied once there is room', async t => {
  // 1. A process appends, and is killed: what it wrote is in the log alone.
  const disk = await startSmallDisk(t, 16 * mib)
  const first = run(t, disk, 'append')
  assert.equal(await first.said(), 'stored')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  assert.ok(existsSync(join(disk.dirFromHere, 'spool.sqlite-wal')))

  // 2. The disk fills up before the next one starts.
  disk.fill()
  const second = run(t, disk, 'drain')
  assert.equal(await second.said(), 'opened with 10 records')
  assert.equal(await second.said(), 'refused by SpoolFullError')

  // 3. Room comes back.
  disk.clear()
  second.child.stdin?.write('room\n')
  assert.equal(await second.said(), 'drained 11 parts, 0 are left')
})

test('a damaged file is not salvaged where there is no room for what can be read of it, and is when there is', async t => {
  const disk = await startSmallDisk(t, 16 * mib)
  const first = run(t, disk, 'append')
  assert.equal(await first.said(), 'stored')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  writeFileSync(join(disk.dirFromHere, 'spool.damaged'), '')

  disk.fill()
  const second = run(t, disk, 'drain')
  assert.match(await second.said(), /is damaged, and there is no room in .* make room, and start again/)

  disk.clear()
  const third = run(t, disk, 'drain')
  assert.equal(await third.said(), 'opened with 10 records')
  assert.ok(readdirSync(disk.dirFromHere).some(name => /^damaged-\d+\.sqlite$/.test(name)))
})

/** The program that sees the disk. Its lines are taken one by one. */
function run(t: TestContext, disk: SmallDisk, work: string): { child: ChildProcess; said(): Promise<string> } {
  const [command = '', ...args] = disk.within
  const program = join(import.meta.dirname, 'diskFull.program.ts')
  const child = spawn(command, [...args, process.execPath, program, disk.dir, work], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { child, said: async () => (await lines.next()).value ?? 'nothing' }
}
