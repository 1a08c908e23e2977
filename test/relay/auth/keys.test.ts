import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'

const app = (keys: string, more = '') => `apps: [{ name: rotated, keys: [${keys}], origins: ['${origin}'] ${more}}]`

test('rotation: both keys work while both are listed, and the old one ends when it is disabled', async t => {
  const before = await startSourceRelay(t, {}, app('pk_new, pk_old'))
  assert.deepEqual(await statuses(before, 'pk_new', 'pk_old'), [202, 202])
  const after = await startSourceRelay(t, {}, app('pk_new, { key: pk_old, disabled: true }, { key: pk_spare }'))
  assert.deepEqual(await statuses(after, 'pk_new', 'pk_old', 'pk_spare'), [202, 401, 202])
})

test('the metrics count batches by key, so that one sees when nobody uses the old one; no caller adds a key to them', async t => {
  const relay = await startSourceRelay(t, {}, app('pk_new, pk_old, { key: pk_off, disabled: true }'))
  await statuses(relay, 'pk_new', 'pk_new', 'pk_old', 'pk_off', 'pk_nobody')
  const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
  const counts = (json as string).split('\n').filter(line => line.startsWith('loki_beacon_batches_stored_total'))
  assert.deepEqual(counts.sort(), [
    'loki_beacon_batches_stored_total{app="rotated",key="pk_new"} 2',
    'loki_beacon_batches_stored_total{app="rotated",key="pk_old"} 1',
  ])
  assert.doesNotMatch(json, /pk_off|pk_nobody/)
})

test('kill switch: an app whose keys are all disabled is off, and the others go on', async t => {
  const relay = await startSourceRelay(t, {}, app('{ key: pk_off, disabled: true }'))
  assert.deepEqual(await statuses(relay, 'pk_off', 'pk_shop'), [401, 202])
  const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/live/status' })
  assert.deepEqual(
    json.apps.map(({ key }: { key: string }) => key),
    ['pk_shop'],
  )
})

test('a disabled key and one that never existed are answered alike, byte for byte, before a body is asked for', async t => {
  const relay = await startSourceRelay(t, {}, app('pk_new, { key: pk_off, disabled: true }'))
  const origins = [`Origin: ${origin}\r\n`, 'Origin: https://evil.io\r\n', '']
  const bodies = [
    'Content-Length: 1000000\r\n',
    'Content-Length: 5\r\nExpect: 100-continue\r\n',
    'Content-Length: 0\r\n',
  ]
  for (const method of ['POST', 'OPTIONS', 'GET'])
    for (const from of origins)
      for (const body of bodies) {
        const [off, never] = await Promise.all(
          ['pk_off', 'pk_non'].map(key =>
            firstAnswer(t, relay, `${method} /v1/i/${key} HTTP/1.1\r\nHost: x\r\n${from}${body}\r\n`),
          ),
        )
        assert.equal(off, never, `${method} ${from}${body}`)
        if (method === 'POST') assert.match(off!, /^HTTP\/1\.1 401 [\s\S]*"unknown_key"/)
      }
})

async function statuses(relay: SourceRelay, ...keys: string[]): Promise<number[]> {
  const answers = keys.map(key => send(relay, { path: `/v1/i/${key}`, body: batchOf([recordOf(1)]) }))
  return (await Promise.all(answers)).map(({ status }) => status)
}

/** All that comes back for a request whose body is never sent, but for the one header that tells the time. */
async function firstAnswer(t: TestContext, relay: SourceRelay, request: string): Promise<string> {
  const socket = connect(relay.port, '127.0.0.1')
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  socket.write(request)
  await waitFor(async () => text !== '', { timeoutMs: 5000, everyMs: 5, what: 'an answer' })
  await sleep(50)
  return text.replace(/^Date: .*$/m, 'Date: now')
}
