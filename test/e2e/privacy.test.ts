import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'

const address = '198.51.100.77'
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7211.4 Canary/7 Safari/537.36'
const secrets = {
  email: 'jane.canary@mail.example',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl',
  card: '4111111111111111',
  query: 'canary-of-a-query',
  password: 'canary-of-a-password',
}
const text = `${secrets.email} ${secrets.jwt} ${secrets.card} https://x.example/cb?a=1&access_token=${secrets.query}`
/** Longer than what numbers hold by chance. */
const canaries = [
  address,
  '198.51.100.',
  '0.7211.',
  'X11; Linux',
  'Canary/7',
  ...Object.values(secrets),
  'c2lnbmF0dXJl',
]
/** Shows that a place is looked at in plain text. */
const harmless = 'harmless-marker'

const attributes = {
  harmless,
  text,
  [text]: text,
  userAgent,
  card: Number(secrets.card),
  deep: { list: [text, { text }] },
  password: secrets.password,
  Cookie: [secrets.password],
}
const error = { type: text, message: text, stack: `${text}\n    at f (${text})` }
const header = {
  v: 1,
  batch: '0199d3a1b2c37f0a8e1d2c3b4a596877',
  sentAtMs: Date.now(),
  token: secrets.jwt,
  sdk: text,
  drops: { [secrets.email]: 2 },
  context: {
    app: text,
    release: text,
    environment: text,
    session: secrets.jwt,
    page: secrets.card,
    url: `https://${secrets.password}:x@shop.example/${secrets.email}?token=${secrets.query}`,
    referrer: text,
    user: { id: secrets.email, email: secrets.email, name: text, password: secrets.password },
    browser: userAgent,
    os: text,
    language: text,
    viewport: text.slice(0, 50),
    custom: attributes,
  },
}
const records = ['log', 'exception', 'measurement', 'event'].map((kind, n) => ({
  n,
  t: Date.now(),
  kind,
  level: 'info',
  message: text,
  attributes,
  error: { ...error, cause: error, errors: [error], properties: attributes },
  values: { [text]: 1 },
  mechanism: text.slice(0, 100),
  trace: secrets.card,
  span: secrets.email,
}))

for (const line of ['json', 'logfmt'])
  test(`no address, user agent or secret of a page is in spool, push, log, metrics or live page (${line})`, async t => {
    const loki = await startRecorder(t)
    const app =
      "{ name: shop, keys: [pk_shop], origins: ['*'], labelKeys: { text: { max: 3 }, release: { max: 3 } }, " +
      `limits: { perClient: { requestsPerSecond: 1 } }, line: ${line} }`
    const relay = await startRelay({
      config: `trustProxy: 1\nlogLevel: trace\nlimits: { exemptClients: [] }\napps:\n  - ${app}\n`,
      env: {},
    })
    t.after(() => relay.stop())
    const url = `${relay.url}/v1/i/pk_shop`
    const body = [header, ...records].map(item => JSON.stringify(item)).join('\n')
    const answers = [await post(url, body), await post(url, body)]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202],
    )
    // What is turned away leaves nothing either.
    answers.push(
      await post(url, `${JSON.stringify({ ...header, batch: `${header.batch.slice(1)}b` })}\n{"n":${text}\n`),
    )
    answers.push(await post(url, text), await post(`${relay.url}/v1/i/pk_other`, body))
    await Promise.all(Array.from({ length: 12 }, async () => answers.push(await post(url, text))))
    const statuses = new Set(answers.map(({ status }) => status))
    assert.deepEqual([...statuses].sort(), [202, 400, 401, 429])

    assertClean('spool', await spoolText(relay.dataDir), true)
    assertClean('live page', await readFor(`${relay.adminUrl}/live/events`, 1000), true)
    for (const path of ['/live/status', '/metrics', '/ready'])
      assertClean(path, await (await fetch(relay.adminUrl + path)).text())
    for (const answer of answers) assertClean('answer', answer.text)

    await relay.restart({ LOKI_ENDPOINT: loki.url })
    // A stream is a push.
    await waitFor(() => loki.pushes().length >= 4, { timeoutMs: 30_000, what: 'the push of each kind' })
    for (const push of loki.pushes()) assertClean('push', push, true)
    assertClean('metrics', await (await fetch(`${relay.adminUrl}/metrics`)).text())
    assertClean('spool', await spoolText(relay.dataDir))
    assertClean('log', relay.output())
    assert.ok(loki.pushes().join('').includes('Chrome 156'), 'the user agent is reduced, not lost')
  })

/** Such as it comes through proxies, from a browser. */
async function post(url: string, body: string) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      origin: 'https://shop.example',
      referer: `https://shop.example/?token=${secrets.query}`,
      cookie: `session=${secrets.password}`,
      authorization: `Bearer ${secrets.jwt}`,
      'user-agent': userAgent,
      'x-forwarded-for': address,
      'x-real-ip': address,
      'cf-connecting-ip': address,
      'true-client-ip': address,
      forwarded: `for=${address}`,
    },
  })
  return { status: response.status, text: `${JSON.stringify([...response.headers])} ${await response.text()}` }
}

function assertClean(where: string, found: string, hasRecords = false): void {
  if (hasRecords) assert.ok(found.includes(harmless), `${where} shows no record at all`)
  for (const canary of canaries) {
    const at = found.indexOf(canary)
    assert.equal(at, -1, `${canary} in ${where}: ${JSON.stringify(found.slice(Math.max(0, at - 150), at + 150))}`)
  }
}

async function spoolText(dir: string): Promise<string> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  assert.ok(files.length > 0)
  return (await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), 'latin1')))).join('\n')
}

/** In the place of Loki, to see the bytes that it would get; the relay does not compress them. */
async function startRecorder(t: TestContext) {
  const pushes: string[] = []
  const server = createServer(async (req, res) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of req) chunks.push(chunk as Uint8Array)
    if (req.method === 'GET') return res.end('{"status":"success","data":{"resultType":"streams","result":[]}}')
    pushes.push(`${JSON.stringify(req.headers)}\n${Buffer.concat(chunks).toString('latin1')}`)
    res.writeHead(204).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pushes: () => pushes }
}

/** What a stream without an end says in this time. */
async function readFor(url: string, timeMs: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeMs) })
  let found = ''
  try {
    for await (const chunk of response.body!) found += Buffer.from(chunk as Uint8Array).toString()
  } catch {
    // The time-out is how the test leaves it.
  }
  return found
}
