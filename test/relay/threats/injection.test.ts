import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, origin, recordOf, send } from '../api/sourceRelay.ts'
import { rawRequest } from './rawRequest.ts'
import { startShippingRelay } from './shippingRelay.ts'

/** What somebody would write who wants another line, another tenant, another terminal or code of his in the log. */
const hostile = [
  '\r\n{"message":"forged","app":"x"}',
  '","tenant":"x","app":"x',
  '\u001b[2J\u001b[1;1Hcleared',
  '\u0000\u0007\u0085\u2028\u2029\u007f',
  '$' + '{jndi:ldap://127.0.0.1:9/a}',
  '$' + '{env:HOME}',
  '{{7*7}} {{.Release}} <%= 7*7 %> #{7*7}',
  '%s%n%d%j%o%%',
  '$(id) `id` ; cat /etc/hosts |',
  '} | line_format "{{.x}}" | {app="x"',
  "' or 1=1; --",
  '<script>alert(1)</script>',
]

test('text that forges lines, fields or terminal codes, or asks to be expanded, is one entry each, and byte for byte what was sent', async t => {
  const { relay, loki, stored } = await startShippingRelay(t)
  for (const [i, text] of hostile.entries()) {
    const error = { type: text, message: text, stack: text, properties: { [text]: text } }
    const more = { message: text, attributes: { [text]: text, list: [text] }, error, mechanism: text, tenant: text }
    const custom = { [text]: text }
    const context = {
      page: `page-${i}`,
      release: text,
      url: text,
      browser: text,
      app: text,
      custom,
      user: { id: text },
    }
    const answer = await send(relay, { body: batchOf([recordOf(1, more)], { context, tenant: text }) })
    assert.deepEqual([answer.status, answer.json.accepted, answer.json.rejected], [202, 1, []])
  }
  const entries = await stored(hostile.length)
  assert.equal(entries.length, hostile.length)
  const ofPage = new Map(entries.map(entry => [entry.metadata.page_id, entry]))
  for (const [i, text] of hostile.entries()) {
    const { labels, metadata, line } = ofPage.get(`page-${i}`)!
    assert.equal(labels, '{app="shop", env="test", kind="log", service_name="shop"}')
    assert.equal(line.message, text)
    assert.equal(line.attributes[text], text)
    assert.deepEqual(line.attributes.list, [text])
    assert.deepEqual([line.error.type, line.error.stack, line.error.properties[text]], [text, text, text])
    assert.equal(line.custom[text], text)
    assert.deepEqual([metadata.release, metadata.browser, metadata.user_id], [text, text, text])
    for (const owned of ['tenant', 'app', 'env', 'labels']) assert.ok(!Object.hasOwn(line, owned), owned)
  }
  for (const raw of loki.stored())
    assert.ok(
      [...raw].every(character => character >= ' '),
      raw,
    )
  assert.deepEqual(new Set(loki.pushes.map(({ tenant }) => tenant)), new Set(['shop-tenant']))
})

test('attributes named like fields of ours stand below attributes, and change none of them', async t => {
  const { relay, stored } = await startShippingRelay(t)
  const names = ['app', 'env', 'tenant', 'service_name', 'kind', 'late', 'level', 'record_id', 'session_id', 'message']
  const forged = Object.fromEntries(names.map(name => [name, 'forged']))
  const body = batchOf([recordOf(1, { ...forged, level: 'info', kind: 'log', message: 'true', attributes: forged })], {
    context: { page: 'p1', custom: forged, ...forged, labels: forged },
    ...forged,
  })
  assert.equal((await send(relay, { body })).status, 202)
  const [entry] = await stored(1)
  assert.equal(entry!.labels, '{app="shop", env="test", kind="log", service_name="shop"}')
  assert.deepEqual(entry!.metadata, { level: 'info', page_id: 'p1', record_id: 'p1-1' })
  assert.deepEqual(entry!.line, { message: 'true', attributes: forged, custom: forged })
})

test('the log of the relay has one JSON line for each event, whatever stands in path, headers and body, and nothing of it', async t => {
  const { relay, logged } = await startShippingRelay(t, { RELAY_LOG_LEVEL: 'trace' })
  const canary = 'canary-3c9d'
  const forged = `${canary}\r\n{"level":"error","msg":"forged ${canary}"}`
  const inPath = encodeURIComponent(forged)
  const paths = [`/v1/i/${inPath}`, `/${inPath}`, `/sdk/${inPath}`, `/v1/i/%zz${canary}`, `/v1/i/pk_shop?${inPath}`]
  const headers = {
    origin,
    'user-agent': `${canary} {"msg":"forged"} \u001b[2J`.replaceAll('\u001b', '\t'),
    cookie: canary,
  }
  for (const path of paths)
    for (const method of ['GET', 'POST', 'OPTIONS']) await send(relay, { method, path, headers })
  await send(relay, { body: forged, headers })
  await send(relay, {
    body: batchOf([forged, recordOf(1, { message: forged })], { context: { page: forged } }),
    headers,
  })
  await rawRequest(relay.port, `${canary} \r\n\r\n`)
  await rawRequest(relay.port, `GET / HTTP/1.1\r\nHost: x\r\nX-A: a\r\n${canary}\r\n\r\n`)
  assert.ok(logged().length > 0)
  for (const text of logged()) {
    assert.match(text, /^[^\r\n]+\n$/)
    assert.ok(JSON.parse(text).level)
    assert.ok(!text.includes(canary), text)
  }
})
