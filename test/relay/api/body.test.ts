import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { answerOf, batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

const megabyte = 1024 * 1024

describe('bodies', () => {
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())
  const noise = (bytes: number) =>
    Array.from({ length: bytes / 8 }, () => Math.random().toString(36).slice(2, 10)).join('')
  const large = () => batchOf(Array.from({ length: 40 }, (_, n) => recordOf(n, { message: noise(10_000) })))

  const taken: [string, () => string | Buffer, number][] = [
    ['plain', () => batchOf([recordOf(1), recordOf(2)]), 2],
    ['with a line end at the end', () => `${batchOf([recordOf(1)])}\n`, 1],
    ['gzip, small', () => gzipSync(batchOf([recordOf(1)])), 1],
    ['gzip, above 64 KB compressed', () => gzipSync(large()), 40],
    ['a header only', () => batchOf([]), 0],
    ['10,000 records', () => batchOf(Array.from({ length: 10_000 }, (_, n) => recordOf(n))), 10_000],
  ]
  for (const [what, body, accepted] of taken)
    test(`${what}: taken`, async () => {
      const answer = await send(relay, { body: body() })
      assert.deepEqual([answer.status, answer.json.accepted, answer.json.rejected], [202, accepted, []])
      assert.ok(Math.abs(answer.json.nowMs - Date.now()) < 1000)
    })

  const refused: [string, () => string | Buffer, number, string][] = [
    ['nothing', () => '', 400, 'invalid_batch'],
    ['random bytes', () => Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 97) % 256)), 400, 'invalid_batch'],
    ['half of a gzip', () => gzipSync(large()).subarray(0, 50_000), 400, 'invalid_batch'],
    [
      'a gzip with damage',
      () => Buffer.concat([gzipSync(batchOf([recordOf(1)])).subarray(0, 30), Buffer.alloc(100, 7)]),
      400,
      'invalid_batch',
    ],
    ['a gzip in a gzip', () => gzipSync(gzipSync(batchOf([recordOf(1)]))), 400, 'invalid_batch'],
    ['3 MB', () => batchOf([recordOf(1, { message: 'x'.repeat(3 * megabyte) })]), 413, 'too_large'],
    ['10,001 records', () => batchOf(Array.from({ length: 10_001 }, () => 'x')), 413, 'too_large'],
    ['a bomb of 16 KB that becomes 16 MB', () => gzipSync(Buffer.alloc(16 * megabyte)), 413, 'too_large'],
    ['a bomb of 200 KB that becomes 200 MB', () => gzipSync(Buffer.alloc(200 * megabyte)), 413, 'too_large'],
  ]
  for (const [what, body, status, code] of refused)
    test(`${what}: ${status} ${code}`, async () => {
      const answer = await send(relay, { body: body() })
      assert.deepEqual([answer.status, answer.json.error.code], [status, code])
      assert.equal(answer.headers['access-control-allow-origin'], origin)
    })

  test('above 1 MiB a gzip is taken up to 200:1; what is denser is told so', async () => {
    const equal = (count: number) =>
      Array.from({ length: count }, (_, n) => recordOf(n, { message: 'a'.repeat(100_000) }))
    const sendGzip = (records: object[]) => send(relay, { body: gzipSync(batchOf(records)) })
    assert.equal((await sendGzip(equal(10))).status, 202)
    assert.equal((await sendGzip([...equal(14), recordOf(14, { message: noise(10_000) })])).status, 202)
    const { status, json } = await sendGzip(equal(11))
    assert.equal(status, 413)
    assert.match(json.error.message, /more than 1048576 bytes inflated, beyond 200:1/)
  })

  test('compression other than gzip is no batch', async () => {
    const answer = await send(relay, {
      body: Buffer.from('1b0f00f8', 'hex'),
      headers: { origin, 'content-encoding': 'br' },
    })
    assert.equal(answer.json.error.code, 'invalid_batch')
  })

  test('100 MB without a length: the sender reads 413 while it still sends, and is cut off soon', async () => {
    const { answer, sentMegabytes, tookMs } = await stream(relay, 100)
    assert.match(answer, /^HTTP\/1\.1 413 .*"too_large"/s)
    assert.ok(sentMegabytes < 40, `${sentMegabytes} MB were taken`)
    assert.ok(tookMs < 10_000, `${tookMs} ms`)
  })

  test('a body a little above the bound is read to its end, and the connection goes on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports: (number | undefined)[] = []
    for (const [body, status] of [
      ['x'.repeat(3 * megabyte), 413],
      [batchOf([recordOf(1)]), 202],
    ] as const) {
      const outgoing = request(`${relay.url}/v1/i/pk_shop`, {
        method: 'POST',
        headers: { origin, 'transfer-encoding': 'chunked' },
        agent,
      })
      const answer = await answerOf(outgoing, () => outgoing.end(body))
      ports.push(outgoing.socket?.localPort)
      assert.equal(answer.status, status)
      assert.notEqual(answer.headers.connection, 'close')
    }
    agent.destroy()
    assert.equal(ports[0], ports[1])
  })

  test('a sender that leaves in the middle costs nothing', async () => {
    await new Promise<void>(resolve => {
      const outgoing = request(`${relay.url}/v1/i/pk_shop`, {
        method: 'POST',
        headers: { origin, 'content-length': '1000' },
      })
      outgoing.on('error', () => resolve())
      outgoing.write('x', () => outgoing.destroy())
      outgoing.on('close', () => resolve())
    })
    assert.equal((await send(relay, { body: batchOf([recordOf(1)]) })).status, 202)
  })
})

test('a sender that leaves in the middle is no fault of ours: not a word of it in the log', async t => {
  const logged: string[] = []
  const logTo = { write: (line: string) => void logged.push(line) }
  const relay = await startSourceRelay(t, { RELAY_LOG_LEVEL: 'warn' }, '', logTo)
  for (const head of ['Content-Length: 1000', 'Transfer-Encoding: chunked'])
    await new Promise<void>(resolve => {
      const request = `POST /v1/i/pk_shop HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n${head}\r\n\r\n5\r\n`
      const socket = connect(relay.port, '127.0.0.1', () => socket.end(request))
      socket.on('close', () => resolve()).on('error', () => resolve())
      socket.resume()
    })
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.deepEqual(logged, [])
})

test('bodies in progress are bounded together: above it, 503 with Retry-After, and room again afterwards', async t => {
  const relay = await startSourceRelay(t)
  // Each of these holds 1 MB of an unfinished body.
  const slow = Array.from({ length: 260 }, () => {
    const outgoing = request(`${relay.url}/v1/i/pk_shop`, { method: 'POST', headers: { origin }, agent: false })
    const status = new Promise<number>(resolve => {
      outgoing.on('response', response => resolve(response.statusCode ?? 0))
      outgoing.on('error', () => resolve(0))
    })
    outgoing.write(Buffer.alloc(megabyte, 'x'))
    return { outgoing, status }
  })
  const first = await Promise.race(slow.map(({ status }) => status))
  assert.equal(first, 503)
  for (const { outgoing } of slow) outgoing.destroy()
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.equal((await send(relay, { body: batchOf([recordOf(1)]) })).status, 202)
})

/** Sends a body of unknown length for as long as the other side takes it, whatever that answers. */
function stream(
  relay: SourceRelay,
  megabytes: number,
): Promise<{ answer: string; sentMegabytes: number; tookMs: number }> {
  return new Promise(resolve => {
    const startMs = Date.now()
    let sent = 0
    let answer = ''
    const socket = connect(relay.port, '127.0.0.1')
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve({ answer, sentMegabytes: sent, tookMs: Date.now() - startMs }))
    socket.write(`POST /v1/i/pk_shop HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const block = Buffer.concat([
      Buffer.from(`${megabyte.toString(16)}\r\n`),
      Buffer.alloc(megabyte, 'a'),
      Buffer.from('\r\n'),
    ])
    const next = () => {
      if (socket.destroyed || sent === megabytes) return
      sent++
      socket.write(block, next)
    }
    next()
  })
}
