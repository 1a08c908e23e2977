import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { lokiCauseOf } from '../../relay/src/lokiCauses.ts'
import { createLokiClient } from '../../relay/src/upstream/lokiClient.ts'
import { encodePush } from '../../relay/src/upstream/pushEncoder.ts'
import { classifyPush } from '../../relay/src/upstream/retryPolicy.ts'
import { startNotLoki } from '../support/notLoki.ts'
import { selfSigned } from '../support/selfSigned.ts'
import { samplePart } from './upstream/sampleParts.ts'

const pushPath = '/loki/api/v1/push'

/** What the relay makes of its push there. */
async function pushTo(t: TestContext, endpoint: string) {
  const client = createLokiClient({ endpoint })
  t.after(client.close)
  const body = encodePush('{app="shop"}', [samplePart('acme {app="shop"}', ['one']).body])
  const outcome = classifyPush(await client.push({ tenant: 'acme', body }))
  const { cause = '', mend = '' } = lokiCauseOf(outcome.reason) ?? {}
  return { ...outcome, cause, mend }
}

test('https to a plain port: it speaks plain http, told in one line without source files', async t => {
  const { host } = await startNotLoki(t)
  const { kind, reason, cause, mend } = await pushTo(t, `https://${host}`)
  assert.deepEqual([kind, reason], ['transient', 'write EPROTO wrong version number'])
  assert.match(cause, /speaks plain http/)
  assert.match(mend, /Write http:\/\//)
})

for (const [server, text] of [
  ['Go', 'Client sent an HTTP request to an HTTPS server.\n'],
  [
    'nginx',
    '<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n</html>\r\n<!-- a padding to disable MSIE -->',
  ],
] as const)
  test(`http to a port with TLS, in the words of ${server}: the lane stops, and is told to write https`, async t => {
    const { host } = await startNotLoki(t, { status: 400, text })
    const { kind, cause, mend } = await pushTo(t, `http://${host}`)
    assert.equal(kind, 'config')
    assert.match(cause, /speaks TLS/)
    assert.match(mend, /Write https:\/\//)
  })

test('http to a port with TLS that merely hangs up: https is named among others', async t => {
  const { host } = await startNotLoki(t, {}, selfSigned('loki.example'))
  const { cause, mend } = await pushTo(t, `http://${host}`)
  assert.match(cause, /cuts the connection/)
  assert.match(mend, /https:\/\//)
})

test('a certificate of an unknown authority is one thing, one for other names another', async t => {
  const certificate = selfSigned('loki.example')
  const { host } = await startNotLoki(t, {}, certificate)
  const unknown = await pushTo(t, `https://${host}`)
  assert.match(unknown.reason, /self-signed certificate/)
  assert.match(unknown.mend, /NODE_EXTRA_CA_CERTS/)

  const usual = getCACertificates('default')
  t.after(() => setDefaultCACertificates(usual))
  setDefaultCACertificates([...usual, certificate.cert])
  const elsewhere = await pushTo(t, `https://${host}`)
  assert.match(elsewhere.reason, /altnames/)
  assert.match(elsewhere.mend, /a name that is in its certificate/)
  assert.doesNotMatch(elsewhere.mend, /NODE_EXTRA_CA_CERTS/)
})

for (const status of [301, 302, 308])
  test(`a redirect (${status}) of the push says where it leads, without a query or a password`, async t => {
    const there = `https://someone:secret@loki.example${pushPath}?token=secret`
    const { host } = await startNotLoki(t, { status, headers: { location: there } })
    const { kind, reason, mend } = await pushTo(t, `http://${host}`)
    assert.deepEqual([kind, reason], ['config', `${status} to https://loki.example${pushPath}`])
    assert.match(mend, /Write that address: LOKI_ENDPOINT=https:\/\/loki\.example\/loki\/api\/v1\/push$/)
  })

for (const [what, answer] of [
  ['a redirect to a login', { status: 302, headers: { location: '/login' } }],
  ['a redirect to nowhere', { status: 302, headers: { location: 'http://[' } }],
  ['a page', { status: 200, text: '<!doctype html><title>Grafana</title>' }],
  ['a server without pushes', { status: 405 }],
  ['another path', { status: 404, text: '404 page not found' }],
] as const)
  test(`${what} is no Loki, and stops the lane`, async t => {
    const { host } = await startNotLoki(t, answer)
    const { kind, reason, cause, mend } = await pushTo(t, `http://${host}`)
    assert.equal(kind, 'config')
    assert.match(cause, /no Loki: mostly a Grafana/)
    assert.match(mend, /Correct LOKI_ENDPOINT/)
    if (what === 'a redirect to a login') assert.equal(reason, `302 to http://${host}/login`)
  })

test('what else keeps records from Loki is named with its mend, and what nobody knows is not', () => {
  const causes = {
    'connect ECONNREFUSED 127.0.0.1:3100': /LOKI_ENDPOINT/,
    'getaddrinfo ENOTFOUND loki': /name.*resolved/,
    'no answer within 60000 ms': /in time.*firewall/,
    '401 no credentials provided': /LOKI_USERNAME and LOKI_AUTH_TOKEN/,
    '401 no org id': /LOKI_TENANT_ID.*X-Scope-OrgID/,
    '403 Forbidden': /tenant.*logs:write/,
    '400 invalid org id': /LOKI_TENANT_ID/,
    '400 stream has structured metadata, but this feature is disallowed': /allow_structured_metadata to true/,
    '429 Ingestion rate limit exceeded': /rate/,
    'certificate has expired': /Renew it/,
    '500 internal error': /log of Loki/,
    '502 <html>upstream closed the TLS connection</html>': /log of Loki/,
    "260 ingestion blocked for user 'a'": undefined,
    'words that nobody has seen': undefined,
  }
  for (const [reason, words] of Object.entries(causes)) {
    const known = lokiCauseOf(reason)
    if (words) assert.match(`${known?.cause} ${known?.mend}`, words, reason)
    else assert.equal(known, undefined, reason)
  }
})
