import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { type OperatedRelay, refuse, spawnCommand, startOperatedRelay } from './operatedRelay.ts'

const rounds = process.env.LONG ? 20 : 3
const records = 900

describe('quarantine retry, interrupted', () => {
  test('the relay is killed in the middle of it: run again, each record is stored once and the sum is right', async t => {
    const operated = await startOperatedRelay(t)
    const { relay, run } = operated
    const messages = await quarantine(operated)
    for (let round = 0; round < rounds; round++) {
      const retrying = run('quarantine', 'retry', '--all')
      await untilFewer(operated)
      await sleep(Math.random() * 60)
      await relay.kill('SIGKILL')
      const { code, err } = await retrying
      if (code !== 0) assert.match(err, /run it again for the rest, nothing is put back twice|no relay answers/)
      await relay.restart()
    }
    await assertOnce(operated, messages)
  })

  test('the command is killed in the middle of it while no relay runs: no record is lost or doubled', async t => {
    const operated = await startOperatedRelay(t)
    const { relay, dataDir } = operated
    const messages = await quarantine(operated)
    await relay.kill('SIGKILL')
    for (let round = 0; round < rounds; round++) {
      const before = await logBytes(dataDir)
      const command = spawnCommand('quarantine', 'retry', '--all', '--data-dir', dataDir)
      await waitFor(async () => command.ended() || (await logBytes(dataDir)) !== before, {
        everyMs: 1,
        timeoutMs: 20_000,
        what: 'the command to write its first step',
      })
      await sleep(Math.random() * 20)
      await command.kill()
    }
    await relay.restart()
    await assertOnce(operated, messages)
  })
})

async function quarantine({ log, settled, loki }: OperatedRelay): Promise<string[]> {
  const messages = Array.from({ length: records }, (_, i) => `bad ${i}`)
  // Batches of their own, so that there are many rows and retrying takes several steps.
  await Promise.all(messages.map(message => log(message)))
  await settled(records)
  assert.deepEqual(loki.stored(), [])
  refuse(loki, undefined)
  return messages
}

async function untilFewer({ metric }: OperatedRelay): Promise<void> {
  const before = await metric('spool_quarantined_records')
  if (before === 0) return
  await waitFor(async () => (await metric('spool_quarantined_records')) !== before, {
    everyMs: 1,
    timeoutMs: 10_000,
    what: 'the first rows to leave the quarantine',
  })
}

/** Each transaction is written here first. */
async function logBytes(dataDir: string): Promise<number> {
  return (await stat(join(dataDir, 'spool.sqlite-wal')).catch(() => undefined))?.size ?? 0
}

async function assertOnce({ run, log, settled, loki, metric }: OperatedRelay, messages: string[]): Promise<void> {
  const { code, err } = await run('quarantine', 'retry', '--all')
  assert.equal(code, 0, err)
  await settled(0)
  // One more, so that this process too has put something back.
  refuse(loki, /bad last/)
  await log('bad last')
  messages.push('bad last')
  await settled(1)
  refuse(loki, undefined)
  assert.equal((await run('quarantine', 'retry', '--all')).code, 0)
  await settled(0)
  assert.deepEqual(
    loki
      .stored()
      .map(line => JSON.parse(line).message)
      .sort(),
    messages.sort(),
  )
  const figure = async (name: string) => (await metric(`records_${name}`)) ?? 0
  const [page, found, retried, stored, quarantined, pending] = await Promise.all(
    [
      'received_total{source="page"}',
      'received_total{source="spool"}',
      'received_total{source="quarantine"}',
      'stored_total',
      'rejected_total{reason="quarantined"}',
      'pending',
    ].map(figure),
  )
  assert.deepEqual([page, quarantined], [1, 1])
  assert.equal(page! + found! + retried!, stored! + quarantined! + pending!)
}
