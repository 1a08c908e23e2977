import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'
import { type OperatedRelay, refuse, startOperatedRelay } from './operatedRelay.ts'

describe('quarantine', () => {
  test('list counts by lane and kind of reason, the same while the relay runs and after it has stopped', async t => {
    const operated = await startOperatedRelay(t)
    const { relay, log, run, settled } = operated
    assert.match((await run('quarantine', 'list')).out, /The quarantine is empty/)
    await log('bad 1', 'good 1', 'bad 2')
    await log('bad 3')
    await settled(3)
    const running = await run('quarantine', 'list', '--json')
    const { records, groups } = running.json()
    assert.deepEqual([running.code, records, groups.length], [0, 3, 1])
    assert.match(groups[0].lane, /^acme \{app="shop", kind="log", service_name="shop"\}$/)
    assert.equal(groups[0].reason, "400 entry with timestamp <time> ignored, reason: 'timestamp too old'")
    assert.equal(groups[0].records, 3)
    assert.match((await run('quarantine', 'list')).out, /^3 records in quarantine:/)
    await relay.kill('SIGTERM')
    assert.deepEqual((await run('quarantine', 'list', '--json')).json(), { records, groups })
  })

  test('show prints a row with its stream, reason, times, metadata and the line as JSON', async t => {
    const { log, run, settled } = await startOperatedRelay(t)
    await log('bad 1')
    await settled(1)
    const [id] = await rowIds({ run })
    const shown = (await run('quarantine', 'show', String(id))).json()
    assert.deepEqual(
      [shown.id, shown.app, shown.tenant, shown.labels, shown.records],
      [id, 'shop', 'acme', '{app="shop", kind="log", service_name="shop"}', 1],
    )
    assert.match(shown.reason, /^400 entry with timestamp 2026-11-21/)
    const [entry] = shown.entries
    assert.equal(entry.line.message, 'bad 1')
    assert.equal(entry.metadata.level, 'info')
    assert.ok(Math.abs(Date.parse(entry.time) - Date.now()) < 60_000)
    assert.equal(Math.floor(Number(BigInt(entry.timestampNs) / 1_000_000n)), Date.parse(entry.time))
  })

  test('retry sends what Loki takes by now exactly once, what it refuses comes back, and the sum is right', async t => {
    const { loki, log, run, settled, metric } = await startOperatedRelay(t)
    await log('bad 1', 'bad 2', 'good 1', 'worse bad 3')
    await settled(3)
    refuse(loki, /worse/)
    const retried = await run('quarantine', 'retry', '--all')
    assert.equal(retried.code, 0, retried.err)
    assert.match(retried.out, /^3 records put back: the relay ships them now/)
    await settled(1)
    assert.deepEqual(loki.stored().map(message).sort(), ['bad 1', 'bad 2', 'good 1'])
    const [page, again, stored, quarantined] = await Promise.all(
      [
        'records_received_total{source="page"}',
        'records_received_total{source="quarantine"}',
        'records_stored_total',
        'records_rejected_total{reason="quarantined"}',
      ].map(metric),
    )
    assert.deepEqual({ page, again, stored, quarantined }, { page: 4, again: 3, stored: 3, quarantined: 4 })
  })

  test('retry while no relay runs: put back at once, shipped at its next start', async t => {
    const { relay, loki, log, run, settled } = await startOperatedRelay(t)
    await log('bad 1', 'good 1', 'bad 2')
    await settled(2)
    await relay.kill('SIGKILL')
    refuse(loki, undefined)
    const retried = await run('quarantine', 'retry', '--all')
    assert.match(retried.out, /^2 records put back: they are shipped when the relay runs/)
    assert.equal((await run('spool', 'stats', '--json')).json().records, 2)
    await relay.restart()
    await settled(0)
    assert.deepEqual(loki.stored().map(message).sort(), ['bad 1', 'bad 2', 'good 1'])
  })

  test('purge deletes what is named, by id or by filter, and all of it only with --yes', async t => {
    const { log, run, settled, metric } = await startOperatedRelay(t)
    for (const name of ['bad 1', 'bad 2', 'bad 3']) {
      await log(name)
      await settled(Number(name.at(-1)))
    }
    const unclear = await run('quarantine', 'purge', '--yes')
    assert.deepEqual([unclear.code, unclear.out], [2, ''])
    assert.match(unclear.err, /^error: .*Name ids, a filter such as --app, or --all/)
    const unsure = await run('quarantine', 'purge', '--all')
    assert.deepEqual([unsure.code, unsure.out], [1, ''])
    assert.match(unsure.err, /^error: this deletes 3 records for good, and there is no terminal to ask at: give --yes/)
    assert.equal(await metric('spool_quarantined_records'), 3)

    const [first, second] = await rowIds({ run })
    assert.deepEqual((await run('quarantine', 'purge', String(second), '--yes', '--json')).json(), { purged: 1 })
    assert.match(
      (await run('quarantine', 'purge', '--reason', 'no such words')).out,
      /Nothing in quarantine is like that/,
    )
    assert.match((await run('quarantine', 'purge', '--older-than', '1h')).out, /Nothing in quarantine is like that/)
    assert.deepEqual(await rowIds({ run }), [first, first! + 2])
    assert.match(
      (await run('quarantine', 'purge', '--app', 'shop', '--reason', 'TOO OLD', '--yes')).out,
      /^2 records deleted/,
    )
    await log('bad 4')
    await settled(1)
    assert.match((await run('quarantine', 'purge', '--all', '--yes')).out, /^1 record deleted/)
    await settled(0)
  })

  test('an id that is not there is an error and nothing is done; so is one that is no number', async t => {
    const { log, run, settled, metric } = await startOperatedRelay(t)
    await log('bad 1')
    await settled(1)
    const [id] = await rowIds({ run })
    for (const command of ['retry', 'purge', 'show']) {
      const ids = command === 'show' ? ['4711'] : [String(id), '4711']
      const { code, err } = await run('quarantine', command, ...ids, ...(command === 'purge' ? ['--yes'] : []))
      assert.equal(code, 1)
      assert.match(err, /the quarantine has no row 4711 .*nothing was done: see `quarantine list --each`/)
    }
    assert.match((await run('quarantine', 'show', 'x')).err, /must be a number that `quarantine list --each` shows/)
    assert.match((await run('quarantine', 'purge', '--older-than', 'x')).err, /must be a duration such as/)
    assert.equal(await metric('spool_quarantined_records'), 1)
  })

  test('hundreds of rows are put back in steps, each record once', async t => {
    const { loki, log, run, settled } = await startOperatedRelay(t)
    const messages = Array.from({ length: 450 }, (_, i) => `bad ${i}`)
    await Promise.all(messages.map(text => log(text)))
    await settled(450)
    assert.ok((await rowIds({ run })).length > 100)
    refuse(loki, undefined)
    assert.deepEqual((await run('quarantine', 'retry', '--all', '--json')).json(), { retried: 450, withoutBody: 0 })
    await settled(0)
    assert.deepEqual(loki.stored().map(message).sort(), messages.sort())
  })
})

describe('how a command finds the spool', () => {
  test('without a spool there it says so and makes none', async t => {
    const dir = await tempDir(t)
    const { code, err } = await runCommand(['spool', 'stats', '--data-dir', dir])
    assert.equal(code, 1)
    assert.match(err, /^error: there is no spool in .*: name the relay's directory, by --data-dir/)
    const again = await runCommand(['spool', 'stats', '--data-dir', dir])
    assert.match(again.err, /there is no spool/)
  })

  test('of a relay that runs elsewhere it says which port to name', async t => {
    const { dataDir } = await startOperatedRelay(t)
    const { code, err } = await runCommand(['quarantine', 'list', '--data-dir', dataDir, '--admin-port', '9'])
    assert.equal(code, 1)
    assert.match(
      err,
      /another process uses the spool in .*, but no relay answers at http:\/\/127\.0\.0\.1:9: name its admin/,
    )
  })

  test('a relay with another spool is not taken for the one that was named', async t => {
    const one = await startOperatedRelay(t)
    const two = await startOperatedRelay(t)
    await two.log('bad 1')
    await two.settled(1)
    const port = new URL(two.relay.adminUrl).port
    const args = ['quarantine', 'purge', '--all', '--yes', '--data-dir', one.dataDir, '--admin-port', port]
    const { code, err } = await runCommand(args)
    assert.equal(code, 1)
    assert.match(err, /has another spool/)
    assert.equal(await two.metric('spool_quarantined_records'), 1)
  })

  test('spool stats tells what waits by lane, why it does not flow, and what is in quarantine', async t => {
    const { loki, log, run, settled } = await startOperatedRelay(t)
    await log('bad 1')
    await settled(1)
    loki.always(() => ({ status: 401, text: 'no such user' }))
    await log('good 1', 'good 2')
    const stats = (await run('spool', 'stats', '--json')).json()
    assert.deepEqual([stats.running, stats.records, stats.quarantinedRecords], [true, 2, 1])
    const text = (await run('spool', 'stats')).out
    assert.match(text, /in use by a running relay\n {2}2 records in 1 part/)
    assert.match(text, /by app\n {2}shop: 2 records/)
    assert.match(text, /by lane\n {2}acme \{app="shop", kind="log", service_name="shop"\}\n {4}2 records/)
    assert.match(text, /of 1 GB used \(0 %\)/)
    assert.match(text, /2 batch ids remembered, the oldest for/)
    assert.match(text, /1 record in quarantine/)
    assert.match(text, /stopped: 401 no such user/)
  })

  test('each command has its help, with exit codes', async () => {
    const commands = [
      ['quarantine'],
      ['quarantine', 'list'],
      ['quarantine', 'show'],
      ['quarantine', 'retry'],
      ['quarantine', 'purge'],
      ['spool'],
      ['spool', 'stats'],
    ]
    for (const command of commands) {
      const { code, out } = await runCommand([...command, '--help'])
      assert.equal(code, 0)
      assert.match(out, /Exit codes: 0 done/)
    }
  })
})

async function rowIds({ run }: Pick<OperatedRelay, 'run'>): Promise<number[]> {
  const { out } = await run('quarantine', 'list', '--each', '--json')
  return out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line).id)
}

function message(line: string): string {
  return JSON.parse(line).message
}
