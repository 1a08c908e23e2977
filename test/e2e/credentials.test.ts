import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { wireClient } from '../support/wireClient.ts'

const canaries = { LOKI_USERNAME: 'canary-user-8c1f', LOKI_AUTH_TOKEN: 'canary-token-5b7e' }

test('the Loki credentials appear in no answer, page, bundle, log line or command line', async t => {
  const loki = await connectLoki()
  // Once with a Loki that answers, once with an endpoint that refuses: errors are where secrets leak.
  for (const endpoint of [loki.url, 'http://127.0.0.1:9']) {
    const relay = await startRelay({
      env: {
        LOKI_ENDPOINT: endpoint,
        LOKI_TENANT_ID: 'canary',
        RELAY_KEY: 'pk_canary',
        RELAY_ORIGINS: '*',
        ...canaries,
      },
    })
    t.after(() => relay.stop())
    const client = wireClient({ url: relay.url, key: 'pk_canary' })
    await client.deliver(client.batch(5))
    await client.post({ body: 'garbage' })

    const seen: string[] = []
    const publicPaths = [
      '/',
      '/healthz',
      '/metrics',
      '/ready',
      '/live',
      '/sdk/',
      '/sdk/v1/loki-beacon.js',
      '/v1/i/pk_canary',
      '/v1/i/pk_other',
    ]
    const adminPaths = ['/', '/metrics', '/ready', '/live', '/live/status', '/live/live.js']
    for (const url of [
      ...publicPaths.map(path => relay.url + path),
      ...adminPaths.map(path => relay.adminUrl + path),
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const response = await fetch(url, { method })
        seen.push(
          `${method} ${url} ${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`,
        )
      }
    }
    seen.push(await firstEvents(`${relay.adminUrl}/live/events`))
    await relay.kill('SIGTERM')
    seen.push(relay.output())
    assertClean(seen)
  }
})

test('no built bundle holds a credential or asks for one', async () => {
  for (const dir of ['sdk/dist', 'relay/dist/sdk', 'relay/dist/live', 'demo/dist']) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const text = await readFile(`${entry.parentPath}/${entry.name}`, 'utf8')
      // The operator's live page names them where it says what to mend.
      const unwanted = dir === 'relay/dist/live' ? /canary-/ : /LOKI_AUTH_TOKEN|LOKI_USERNAME|canary-/
      assert.doesNotMatch(text, unwanted, `${entry.parentPath}/${entry.name}`)
    }
  }
})

function assertClean(texts: string[]): void {
  const hidden = Object.values(canaries).flatMap(secret => [
    secret,
    Buffer.from(secret).toString('base64').slice(0, 16),
  ])
  const basic = Buffer.from(`${canaries.LOKI_USERNAME}:${canaries.LOKI_AUTH_TOKEN}`).toString('base64')
  for (const text of texts)
    for (const secret of [...hidden, basic]) assert.ok(!text.includes(secret), `${secret} in: ${text.slice(0, 300)}`)
}

/** What the live page's event stream says at once. */
async function firstEvents(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(500) })
  let text = ''
  try {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString()
  } catch {
    // The stream has no end: the time-out is how the test leaves it.
  }
  return text
}
