import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'
import { rawRequest } from './rawRequest.ts'

const line = 'POST /v1/i/pk_shop HTTP/1.1\r\n'
const host = `Host: x\r\nOrigin: ${origin}\r\n`
/** What would be answered, were it taken for a request of its own. */
const hidden = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a request whose end could be seen in two places is refused, and the connection closed', () => {
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())

  const ambiguous: [what: string, request: string][] = [
    ['CL.TE', `${line}${host}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['TE.CL', `${line}${host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${hidden}\r\n0\r\n\r\n`],
    ['Transfer-Encoding: xchunked', `${line}${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['Transfer-Encoding: identity', `${line}${host}Transfer-Encoding: identity\r\n\r\n${hidden}`],
    ['chunked, then identity', `${line}${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    [
      'two Transfer-Encodings',
      `${line}${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['two Content-Lengths', `${line}${host}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
    ['a Content-Length of two', `${line}${host}Content-Length: 0, 5\r\n\r\n${hidden}`],
    ['a Content-Length with a sign', `${line}${host}Content-Length: +5\r\n\r\n${hidden}`],
    ['a negative Content-Length', `${line}${host}Content-Length: -1\r\n\r\n${hidden}`],
    ['a hexadecimal Content-Length', `${line}${host}Content-Length: 0x5\r\n\r\n${hidden}`],
    ['a Content-Length of 30 digits', `${line}${host}Content-Length: ${'9'.repeat(30)}\r\n\r\n${hidden}`],
    ['a space before the colon', `${line}${host}Content-Length : 5\r\n\r\n${hidden}`],
    ['a folded header', `${line}${host}X-A: b\r\n Content-Length: 5\r\n\r\n${hidden}`],
    ['a bare line feed after a header', `${line}${host}X-A: b\nContent-Length: 5\r\n\r\n${hidden}`],
    ['a bare line feed after the request line', `POST /v1/i/pk_shop HTTP/1.1\n${host}\r\n${hidden}`],
    ['a bare carriage return in a header', `${line}${host}X-A: b\rContent-Length: 5\r\n\r\n${hidden}`],
    ['a NUL in a header', `${line}${host}X-A: b\0c\r\n\r\n${hidden}`],
    ['a NUL in the path', `POST /v1/i/pk_shop\0 HTTP/1.1\r\n${host}\r\n${hidden}`],
    [
      'a chunk whose length is too large',
      `${line}${host}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n${hidden}`,
    ],
    ['a negative chunk', `${line}${host}Transfer-Encoding: chunked\r\n\r\n-1\r\n${hidden}`],
    [
      'a bare line feed after the length of a chunk',
      `${line}${host}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n${hidden}`,
    ],
    ['no Host', `${line}Origin: ${origin}\r\nContent-Length: 0\r\n\r\n`],
    ['an unknown version', `POST /v1/i/pk_shop HTTP/9.9\r\n${host}\r\n${hidden}`],
    ['HTTP/2 without TLS', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`],
    ['a TLS hello', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${hidden}`],
  ]
  for (const [what, request] of ambiguous)
    test(what, async () => {
      const { statuses, text, closed } = await rawRequest(relay.port, request)
      assert.ok(closed, `left open: ${text}`)
      assert.deepEqual(statuses, [400], text)
      assert.doesNotMatch(text, /"status":"ok"/)
    })

  test('a body on GET is passed over, and what is in it is no request', async () => {
    const request = `GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`
    const { statuses } = await rawRequest(relay.port, request, 300)
    assert.deepEqual(statuses, [200])
  })

  test('two whole requests on one connection are answered in their order', async () => {
    const [first, second] = [recordOf(1), recordOf(2)].map(record => batchOf([record])) as [string, string]
    const requests = [first, `${second}\n{}`].map(body => `${line}${host}Content-Length: ${body.length}\r\n\r\n${body}`)
    const { statuses, text } = await rawRequest(relay.port, requests.join(''), 500)
    assert.deepEqual(statuses, [202, 202])
    assert.ok(text.indexOf('"rejected":[]') < text.indexOf('"rejected":[{'))
  })

  test('none of this keeps the next page from being served', async () => {
    assert.equal((await send(relay, { body: batchOf([recordOf(1)]) })).status, 202)
  })
})
