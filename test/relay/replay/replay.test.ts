import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { gzipSync } from 'node:zlib'
import { startNotLoki } from '../../support/notLoki.ts'
import { runCommand, runOnTerminal } from '../../support/relayCommand.ts'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'
import { type ScriptedLoki, startScriptedLoki } from '../upstream/scriptedLoki.ts'

const key = 'pk_shop'

test('plain records reach Loki with their time, level and attributes; a second replay is answered as duplicates', async t => {
  const { relay, loki, replay, write } = await start(t)
  const atMs = Date.now() - 60_000
  const file = await write([
    { time: new Date(atMs).toISOString(), level: 'WARNING', message: 'by name', cart: 3 },
    { time: atMs + 1, level: 50, msg: 'as of pino', error: 'text' },
    { t: atMs + 2, kind: 'event', level: 'info', message: 'of the wire', attributes: { a: 1 }, b: 2 },
  ])
  const first = await replay(file)
  assert.deepEqual([first.code, first.out, first.err], [0, '3 records stored\n', ''])
  const again = await replay(file, '--json')
  const { accepted, duplicate, bad, batches } = again.json()
  assert.deepEqual([again.code, accepted, duplicate, bad, batches], [0, 0, 3, 0, 1])

  await shipped(relay)
  const stored = loki.entries().map(({ labels, entry }) => {
    const { message, attributes } = JSON.parse(entry.line)
    const level = entry.structuredMetadata.find(({ name }) => name === 'level')?.value
    const { seconds, nanos } = entry.timestamp
    return {
      kind: /kind="(\w+)"/.exec(labels)?.[1],
      ms: seconds * 1000 + Math.floor(nanos / 1e6) - atMs,
      level,
      message,
      attributes,
    }
  })
  assert.deepEqual(
    stored.sort((a, b) => a.ms - b.ms),
    [
      { kind: 'log', ms: 0, level: 'warn', message: 'by name', attributes: { cart: 3 } },
      { kind: 'log', ms: 1, level: 'error', message: 'as of pino', attributes: { error: 'text' } },
      { kind: 'event', ms: 2, level: 'info', message: 'of the wire', attributes: { a: 1, b: 2 } },
    ],
  )
})

test('bad lines are told with their number and left out, their neighbours are stored, and the exit code is 1', async t => {
  const { loki, relay, replay, dir } = await start(t)
  const good = (i: number) => JSON.stringify({ message: `good ${i}`, separator: '\u2028' })
  const lines = [good(1), '{oops', good(2), '', '{"message":1}', '{"level":"loud","message":"x"}', good(3)]
  await writeFile(join(dir, 'mixed.ndjson'), lines.join('\r\n'))
  const { code, out, err } = await replay('mixed.ndjson')
  assert.equal(code, 1)
  assert.equal(out, '3 records stored, 3 lines left out\n')
  assert.deepEqual(err.trim().split('\n'), ['line 2: invalid_json', 'line 5: invalid_record', 'line 6: invalid_record'])
  await shipped(relay)
  assert.deepEqual(messages(loki), ['good 1', 'good 2', 'good 3'])
  assert.equal((await replay('mixed.ndjson', '--json')).json().duplicate, 3)
})

test('batches of the wire go under their own ids, and the relay tells which of their lines it refuses', async t => {
  const { relay, loki, replay, dir } = await start(t)
  const page = wireClient({ url: relay.url, key, origin: 'https://shop.example' })
  const [seen, fresh] = [page.batch(2), page.batch(3)]
  await page.deliver(seen)
  const broken = fresh.body.split('\n').toSpliced(2, 0, '{"n":77}', 'nothing').join('\n')
  await writeFile(join(dir, 'wire.ndjson'), `${seen.body}\n${broken}\n`)
  const { code, out, err } = await replay('wire.ndjson', '--origin', 'https://shop.example')
  assert.deepEqual([code, out], [1, '3 records stored, 2 records stored before, 2 lines left out\n'])
  assert.deepEqual(err.trim().split('\n').sort(), ['line 6: invalid_record', 'line 7: invalid_json'])
  await shipped(relay)
  assert.equal(loki.stored().length, 5)
})

test('a batch that the relay finds too large is sent in parts, each record once, and again they are duplicates', async t => {
  const { relay, loki, replay, write } = await start(t, 'limits: { maxRecords: 70 }\n')
  const file = await write(Array.from({ length: 600 }, (_, i) => ({ message: `record ${i}` })))
  assert.equal((await replay(file)).out, '600 records stored\n')
  assert.equal((await replay(file, '--json')).json().duplicate, 600)
  await shipped(relay)
  assert.equal(new Set(messages(loki)).size, 600)
  assert.equal(loki.stored().length, 600)
})

test('Retry-After is waited for, and told', async t => {
  const { relay, loki, replay, write } = await start(t, '', 'limits: { recordsPerSecond: 100 }')
  const file = await write(Array.from({ length: 1600 }, (_, i) => ({ message: `record ${i}` })))
  const { code, out, err } = await replay(file)
  assert.deepEqual([code, out], [0, '1,600 records stored\n'])
  assert.match(err, /^the relay answered 429: Over a limit.*; waiting \d+ s$/m)
  // Asked again when the relay said so, not all the time.
  assert.ok(err.trim().split('\n').length <= 6, err)
  await shipped(relay)
  assert.equal(new Set(messages(loki)).size, 1600)
})

test('a relay that is killed and started again in between gets the rest, and Loki each record once', async t => {
  const { relay, loki, replay, write } = await start(t)
  const file = await write(Array.from({ length: 4000 }, (_, i) => ({ message: `record ${i}` })))
  const replayed = replay(file, '--rate', '1000')
  await waitFor(
    async () => ((await relay.metrics()).get('loki_beacon_records_received_total{source="page"}') ?? 0) >= 500,
    {
      timeoutMs: 30_000,
      what: 'the first batch',
    },
  )
  await relay.restart()
  const { code, err } = await replayed
  assert.equal(code, 0, err)
  await shipped(relay)
  assert.equal(new Set(messages(loki)).size, 4000)
  assert.equal(loki.stored().length, 4000)
})

test('standard input, with address and key alone; --rate holds it back', async t => {
  const { relay, runIn } = await start(t)
  const input = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ message: `record ${i}` })).join('\n')
  const startMs = Date.now()
  const args = [
    'replay',
    '-',
    '--url',
    `${relay.url}/`,
    '--key',
    key,
    '--origin',
    'https://shop.example',
    '--rate',
    '100',
  ]
  const { code, out } = await runIn(args, input)
  assert.deepEqual([code, out], [0, '1,000 records stored\n'])
  // The first 500 go at once, the others when these are paid for.
  assert.ok(Date.now() - startMs >= 5000)
})

test('on a terminal a bar tells how much of the file is done, and is taken away at the end', async t => {
  const { relay, write, dir } = await start(t)
  const file = await write(Array.from({ length: 1000 }, (_, i) => ({ message: `record ${i}` })))
  const args = ['replay', file, '--config', 'relay.yaml', '--port', new URL(relay.url).port, '--rate', '1000']
  const shown = stripVTControlCharacters(await runOnTerminal(args, { cwd: dir }))
  assert.match(shown, /\[#{15}-{15}\] {2}\d\d % 500 records/)
  assert.match(shown, /1,000 records stored\s*$/)
})

test('what stands in the way is told with what to do, and nothing is sent', async t => {
  const { relay, replay, write, runIn, dir } = await start(t)
  const file = await write([{ message: 'x' }])
  const to = ['replay', file, '--url', relay.url]
  const secure = await startNotLoki(t, { status: 400, text: 'Client sent an HTTP request to an HTTPS server.' })
  for (const [args, code, words] of [
    [[...to, '--key', 'pk_other'], 1, /unknown|belongs to no app.*--key/],
    [[...to, '--key', key], 1, /No origin was given: give one that its app allows by --origin/],
    [[...to, '--key', key, '--origin', 'https://a.example'], 1, /https:\/\/a\.example is not one of them/],
    [['replay', file, '--url', 'http://127.0.0.1:9', '--key', key], 1, /no relay answers at http:\/\/127\.0\.0\.1:9/],
    [
      ['replay', file, '--url', relay.url.replace('http:', 'https:'), '--key', key],
      1,
      /ERR_SSL_WRONG_VERSION_NUMBER\. It speaks plain http there\. Write http:\/\//,
    ],
    [['replay', file, '--url', `http://${secure.host}`, '--key', key], 1, /400.*http or https as it speaks/],
    [['replay', file, '--url', relay.adminUrl, '--key', key], 1, /address of a relay's public port/],
    [['replay', file, '--url', relay.url], 2, /in whose name\? Give --key/],
  ] as const) {
    const ran = await runIn(args)
    assert.deepEqual([ran.code, words.test(ran.err)], [code, true], ran.err)
  }
  await writeFile(join(dir, 'packed.ndjson.gz'), gzipSync('{}'))
  for (const [name, words] of [
    ['gone.ndjson', "gone.ndjson can't be read (ENOENT): there is no such file"],
    ['.', ". can't be read (EISDIR): it is a directory"],
    ['packed.ndjson.gz', 'unpack it on the way, as in zcat packed.ndjson.gz | loki-beacon-relay replay -'],
  ] as const) {
    const { code, err } = await replay(name)
    assert.deepEqual([code, err.includes(words)], [1, true], err)
  }
  const tokenless = await replay(file, '--token-file', 'gone.token')
  assert.match(tokenless.err, /--token-file names gone\.token, which can't be read \(ENOENT\): there is no such file/)
  assert.equal((await relay.metrics()).get('loki_beacon_records_received_total{source="page"}'), 0)
})

interface Replayed {
  relay: RelayProcess
  loki: ScriptedLoki
  dir: string
  write(records: readonly object[]): Promise<string>
  /** With the configuration of the relay. */
  replay(...args: string[]): ReturnType<typeof runCommand>
  runIn(args: readonly string[], input?: string): ReturnType<typeof runCommand>
}

async function start(t: TestContext, more = '', ofApp = ''): Promise<Replayed> {
  const dir = await tempDir(t)
  const loki = await startScriptedLoki(t)
  const config = `loki: { endpoint: '${loki.url}', flushInterval: 10ms }
${more}apps:
  - name: shop
    keys: [${key}]
    origins: [ 'https://*.shop.example', 'https://shop.example' ]
    ${ofApp}
`
  const relay = await startRelay({ config })
  t.after(() => relay.stop())
  await writeFile(join(dir, 'relay.yaml'), config)
  const runIn = (args: readonly string[], input?: string) => runCommand(args, { cwd: dir, input })
  return {
    relay,
    loki,
    dir,
    runIn,
    replay: (file, ...args) =>
      runIn(['replay', file, '--config', 'relay.yaml', '--port', new URL(relay.url).port, ...args]),
    async write(records) {
      await writeFile(join(dir, 'records.ndjson'), records.map(record => `${JSON.stringify(record)}\n`).join(''))
      return 'records.ndjson'
    },
  }
}

async function shipped(relay: RelayProcess): Promise<void> {
  await waitFor(async () => (await relay.metrics()).get('loki_beacon_records_pending') === 0, {
    timeoutMs: 30_000,
    what: 'all records to be shipped',
  })
}

function messages(loki: ScriptedLoki): string[] {
  return loki
    .stored()
    .map(line => JSON.parse(line).message as string)
    .sort()
}
