import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { connectLoki, type Loki } from '../support/realLoki.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { type WireClient, wireClient } from '../support/wireClient.ts'

const origin = 'https://shop.example'
const megabyte = 1024 * 1024

describe('whatever is posted to a running relay, it answers clearly, stays healthy and keeps what is good', () => {
  const tenant = `hostile-${crypto.randomUUID()}`
  const startMs = Date.now()
  let loki: Loki
  let relay: RelayProcess
  let client: WireClient

  before(async () => {
    loki = await connectLoki()
    relay = await startRelay({
      config: `
loki: { endpoint: '${loki.url}' }
apps: [{ name: shop, keys: [pk_shop], tenant: ${tenant}, labels: { env: test }, origins: ['${origin}'] }]`,
    })
    client = wireClient({ url: relay.url, key: 'pk_shop', origin })
  })
  after(() => relay?.stop())

  const refusals: [name: string, send: () => Promise<Response>, status: number, code: string][] = [
    [
      'a wrong key',
      () => wireClient({ url: relay.url, key: 'pk_wrong', origin }).post(client.batch(1)),
      401,
      'unknown_key',
    ],
    [
      'a wrong origin',
      () => wireClient({ url: relay.url, key: 'pk_shop', origin: `${origin}.evil.io` }).post(client.batch(1)),
      403,
      'origin_not_allowed',
    ],
    [
      'no origin',
      () => wireClient({ url: relay.url, key: 'pk_shop' }).post(client.batch(1)),
      403,
      'origin_not_allowed',
    ],
    ['garbage', () => client.post({ body: '\u0000\u0001 garbage' }), 400, 'invalid_batch'],
    ['an empty body', () => client.post({ body: '' }), 400, 'invalid_batch'],
    ['a header that is no object', () => client.post({ body: '[]\n{}' }), 400, 'invalid_batch'],
  ]
  for (const [name, send, status, code] of refusals) {
    test(`${name}: ${status} ${code}`, async () => {
      const response = await send()
      assert.equal(response.status, status)
      const body = (await response.json()) as { error: { code: string; message: string } }
      assert.equal(body.error.code, code)
      assert.ok(body.error.message.length > 10, 'says what is wrong')
    })
  }

  test('100 MB, streamed without a length: 413 after the bound, and no more is read', async () => {
    const sent = await stream(`${relay.url}/v1/i/pk_shop`, 100)
    assert.equal(sent.status, 413)
    assert.ok(sent.megabytes < 50, `${sent.megabytes} MB were taken`)
  })

  test('a gzip bomb: 413, and the relay does not grow by it', async () => {
    const bomb = gzipSync(Buffer.alloc(512 * megabyte, 'a'))
    const before = await residentMegabytes(relay)
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.post({ body: bomb as unknown as string })))
    for (const answer of answers) assert.equal(answer.status, 413)
    const grown = (await residentMegabytes(relay)) - before
    assert.ok(grown < 200, `grew by ${grown} MB`)
  })

  test('bad records among good ones: the good ones are in Loki, the bad ones are named', async () => {
    const batch = client.batch(3)
    const [header, first, second, third] = batch.body.split('\n')
    const polluted = second!.replace(
      '"attributes":{',
      '"attributes":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},',
    )
    const bad = [
      '{"n":1000',
      '[1,2]',
      '{"n":1001,"t":"yesterday","kind":"log","level":"info","message":"m"}',
      `{"n":1002,"t":1e999}`,
    ]
    const response = await client.post({
      body: [header, first, bad[0], polluted, bad[1], bad[2], third, bad[3]].join('\n'),
    })
    assert.equal(response.status, 202)
    const answer = (await response.json()) as { accepted: number; rejected: { n?: number; reason: string }[] }
    assert.equal(answer.accepted, 3)
    assert.equal(answer.rejected.length, 4)
    assert.ok(answer.rejected.some(rejected => rejected.n === 1001))

    const range = { startMs: startMs - 5000, endMs: Date.now() + 5000 }
    const selector = `{app="shop"} | session_id="session-${client.page}"`
    await waitFor(async () => (await loki.queryCount(tenant, selector, range)) >= 3, {
      timeoutMs: 20_000,
      what: 'the neighbours in Loki',
    })
    const entries = await loki.queryLog(tenant, selector, range)
    assert.deepEqual(entries.map(entry => entry.labels.record_id).sort(), batch.recordIds.sort())
    assert.ok(!JSON.stringify(entries).includes('polluted'))
  })

  test('text that would forge lines, labels or terminal codes, or be expanded, is in Loki once and as it was sent', async () => {
    const page = wireClient({ url: relay.url, key: 'pk_shop', origin })
    const hostileText = [
      '\r\n{"message":"forged"}\n{app="shop"} forged',
      '\u0000\u0007\u001b[2J\u0085\u2028\u2029\u007f',
      '","tenant":"x","level":"fatal',
      '$' + '{jndi:ldap://127.0.0.1:9/a} {{7*7}} {{.Release}} %s%n $(id)',
      '} | line_format "{{.x}}" | {app="x"',
    ]
    const batch = page.batch(hostileText.length, (record, header) => {
      const text = hostileText[record.n]!
      Object.assign(record, { message: text, attributes: { [text]: text } })
      Object.assign(header.context!, {
        release: hostileText.join(),
        browser: hostileText[1],
        user: { id: hostileText[0] },
      })
    })
    assert.equal((await page.deliver(batch)).accepted, hostileText.length)

    const range = { startMs: startMs - 5000, endMs: Date.now() + 5000 }
    const selector = `{app="shop"} | session_id="session-${page.page}"`
    const stored = () => loki.queryLog(tenant, selector, range)
    await waitFor(async () => (await stored()).length >= hostileText.length, { timeoutMs: 20_000, what: 'all in Loki' })
    const entries = await stored()
    assert.equal(entries.length, hostileText.length)
    for (const { line, labels } of entries) {
      const text = hostileText[batch.recordIds.indexOf(labels.record_id!)]!
      const { message, attributes } = JSON.parse(line)
      assert.deepEqual([message, attributes], [text, { [text]: text }])
      assert.deepEqual([labels.app, labels.level, labels.env], ['shop', 'info', 'test'])
      assert.deepEqual(
        [labels.release, labels.browser, labels.user_id],
        [hostileText.join(), ...[1, 0].map(i => hostileText[i])],
      )
    }
  })

  test('after all this the relay is ready and still accepts', async () => {
    assert.equal((await fetch(`${relay.url}/healthz`)).status, 200)
    assert.equal((await fetch(`${relay.adminUrl}/ready`)).status, 200)
    assert.equal((await client.deliver(client.batch(1))).accepted, 1)
  })
})

/** Sends a body of unknown length for as long as the other side takes it. */
function stream(url: string, megabytes: number): Promise<{ status: number; megabytes: number }> {
  return new Promise((resolve, reject) => {
    let sent = 0
    let status = 0
    const outgoing = request(url, { method: 'POST', headers: { origin, 'content-type': 'text/plain' } }, response => {
      status = response.statusCode ?? 0
      response.resume()
    })
    // Once the answer is here the relay may cut the connection: that it does so is the point.
    outgoing.on('error', error => (status ? undefined : reject(error)))
    outgoing.on('close', () => resolve({ status, megabytes: sent }))
    const block = Buffer.alloc(megabyte, 'a')
    const next = () => {
      if (outgoing.destroyed) return
      if (sent === megabytes) return outgoing.end()
      sent++
      outgoing.write(block, next)
    }
    next()
  })
}

async function residentMegabytes(relay: RelayProcess): Promise<number> {
  return (await relay.metrics()).get('process_resident_memory_bytes')! / megabyte
}
