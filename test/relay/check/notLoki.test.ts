import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { check } from '../../../relay/src/check/check.ts'
import { loadConfig } from '../../../relay/src/config.ts'
import { startNotLoki } from '../../support/notLoki.ts'
import { selfSigned } from '../../support/selfSigned.ts'
import { tempDir } from '../../support/tempDir.ts'

for (const [what, scheme, answer, text, fix] of [
  ['plain http', 'https', {}, /: write EPROTO wrong version number\. It speaks plain http there$/, /^Write http:\/\//],
  [
    'TLS',
    'http',
    { status: 400, text: 'Client sent an HTTP request to an HTTPS server.\n' },
    /it answered 400 "Client sent .*"\. It speaks TLS there$/,
    /^Write https:\/\//,
  ],
  [
    'a redirect',
    'http',
    { status: 301, headers: { location: 'https://loki.example/loki/api/v1/push' } },
    /it answered 301 to "https:\/\/loki\.example/,
    /LOKI_ENDPOINT=https:\/\/loki\.example\/loki\/api\/v1\/push$/,
  ],
  [
    'a page',
    'http',
    { status: 200, text: '<title>\u001b[31mGrafana</title>' },
    /it answered 200 "<title>\\u001b\[31mGrafana/,
    /^Correct LOKI_ENDPOINT/,
  ],
  ['words that nobody knows', 'http', { status: 402 }, /it answered 402 ""$/, /^see what Loki says/],
] as const)
  test(`check, against ${what}: one line that names the cause, and the mend`, async t => {
    const { host } = await startNotLoki(t, answer)
    const failure = await failureAt(t, `${scheme}://${host}`)
    assert.match(failure.text, text)
    assert.match(failure.fix ?? '', fix)
    assert.doesNotMatch(`${failure.text}${failure.fix}`, /\n/)
  })

test('check, against a self-signed certificate: names NODE_EXTRA_CA_CERTS', async t => {
  const { host } = await startNotLoki(t, {}, selfSigned('loki.example'))
  const failure = await failureAt(t, `https://${host}`)
  assert.match(failure.text, /self-signed certificate.*an authority that Node does not know$/)
  assert.match(failure.fix ?? '', /NODE_EXTRA_CA_CERTS/)
})

async function failureAt(t: TestContext, endpoint: string) {
  const dir = await tempDir(t)
  const file = `${dir}/relay.yaml`
  const apps = [{ name: 'shop', keys: ['pk_shop'], origins: ['*'] }]
  await writeFile(file, JSON.stringify({ apps, spool: { dir }, loki: { endpoint } }))
  const findings = await check(loadConfig({ file, env: {} }).config)
  return findings.find(({ level }) => level === 'failed')!
}
