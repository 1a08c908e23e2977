import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import test, { type TestContext } from 'node:test'
import type { LiveRoutesOptions } from '../../../relay/src/live/liveRoutes.ts'
import { createLiveTail } from '../../../relay/src/live/liveTail.ts'
import { waitFor } from '../../support/waitFor.ts'
import { type LiveServer, liveRecord, startLiveServer } from './liveServer.ts'

async function server(t: TestContext, options: Partial<LiveRoutesOptions> = {}): Promise<LiveServer> {
  const live = await startLiveServer(options)
  t.after(() => live.close())
  return live
}

test('the page comes with a policy that lets nothing but its own files run', async t => {
  const live = await server(t)
  for (const path of ['', 'live.js', 'base.css', 'events', 'status']) {
    const response = await fetch(live.url + path)
    await response.body?.cancel()
    assert.equal(response.status, 200, path)
    assert.match(
      response.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self';.*; trusted-types 'none'$/,
    )
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('access-control-allow-origin'), null)
  }
  const html = await (await fetch(live.url)).text()
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style| style=| on\w+=/i)
})

test('every file that the page asks for is there', async t => {
  const live = await server(t)
  const seen = new Set<string>()
  const open = ['']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const response = await fetch(live.url + path)
    assert.equal(response.status, 200, path)
    const text = await response.text()
    for (const [, next] of text.matchAll(/(?:src|href)="(\w[^"]*)"/g)) if (next) open.push(next)
    for (const [, next] of text.matchAll(/from '\.\/([^']+)'/g)) if (next) open.push(next)
  }
  assert.ok(seen.size > 8)
})

test('without the slash the page sends the browser to where its files are', async t => {
  const live = await server(t)
  const response = await fetch(`http://127.0.0.1:${live.port}/live?x`, { redirect: 'manual' })
  assert.equal(response.status, 302)
  assert.equal(new URL(response.headers.get('location') ?? '', `http://127.0.0.1:${live.port}/live`).href, live.url)
})

test('no other file can be had', async t => {
  const live = await server(t)
  for (const path of [
    '../liveTail.ts',
    '..%2fliveTail.ts',
    'page/live.js',
    '__proto__',
    'constructor',
    'live.js/',
    '%00',
  ])
    assert.equal(await rawStatus(live.port, `/live/${path}`), 404, path)
})

test('a host name that an attacker could make resolve here is refused, a name inside a network is not', async t => {
  const live = await server(t)
  const expected = {
    'evil.example': 403,
    'localhost.evil.example:9464': 403,
    '127.0.0.1.evil.example': 403,
    localhost: 200,
    'localhost:9464': 200,
    'a.localhost': 200,
    '127.0.0.1:9464': 200,
    '[::1]:9464': 200,
    'relay:9464': 200,
    'logs.example.com': 403,
  }
  for (const [host, status] of Object.entries(expected))
    assert.equal(await rawStatus(live.port, '/live/status', host), status, host)
})

test('status tells what an operator needs and nothing of credentials', async t => {
  const live = await server(t, { lokiHost: 'loki:3100' })
  live.tail.publish([liveRecord('a'), liveRecord('b', { level: 'error' })])
  live.tail.refused({ code: 'origin_not_allowed', origin: 'https://other.example' })
  live.lanes.push(
    { lane: 'blog {app="blog"}', state: 'shipping', breaker: 'closed', sinceMs: 1 },
    { lane: 'shop {app="shop"}', state: 'stopped', breaker: 'open', reason: '401 from Loki', sinceMs: 2 },
  )
  live.lanes.push({ lane: 'docs {app="docs"}', state: 'retrying', breaker: 'open', reason: '500 broken', sinceMs: 3 })
  live.outcomes.clientDropped({ buffer_overflow: 3 })
  const status = (await (await fetch(`${live.url}status`)).json()) as Record<string, unknown>
  assert.equal(status.mode, 'forwarding')
  assert.deepEqual(status.counts, { records: 2, byApp: { shop: 2 }, byLevel: { info: 1, error: 1 } })
  assert.equal((status.refusals as unknown[]).length, 1)
  const [blog, shop, docs] = live.lanes
  const lanes = status.lanes as { advice?: string }[]
  assert.deepEqual(
    lanes.map(({ advice: _, ...lane }) => lane),
    [shop, docs, blog],
    'what is in trouble comes first',
  )
  assert.match(lanes[0]!.advice!, /wants a login.*LOKI_AUTH_TOKEN.*expects\.$/)
  assert.match(lanes[1]!.advice!, /log of Loki.*tries again by itself\.$/)
  assert.equal(lanes[2]!.advice, undefined)
  assert.equal((status.outcomes as { clientDropped: Record<string, number> }).clientDropped.buffer_overflow, 3)
  assert.deepEqual(status.apps, [
    {
      name: 'shop',
      key: 'pk_shop_web',
      origins: ['https://shop.example'],
      tenant: 'shop-prod',
      selector: '{app="shop", env="production"}',
    },
  ])
})

test('status answers although the spool does not', async t => {
  const live = await server(t, { spool: () => Promise.reject(new Error('closed')) })
  const response = await fetch(`${live.url}status`)
  assert.equal(response.status, 200)
  assert.equal(((await response.json()) as { spool?: unknown }).spool, undefined)
})

test('a stream shows what came before and what comes, and resumes where it was cut', async t => {
  const live = await server(t)
  live.tail.publish([liveRecord('a')])
  const first = await openStream(live.url)
  t.after(first.close)
  await waitFor(() => first.messages.length === 1, { timeoutMs: 5000, what: 'the record from before' })
  live.tail.publish([liveRecord('b'), liveRecord('c\n\nevent: fake')])
  await waitFor(() => first.messages.length === 3, { timeoutMs: 5000, what: 'the records that came' })
  assert.deepEqual(first.messages, ['a', 'b', 'c\n\nevent: fake'])
  first.close()

  live.tail.publish([liveRecord('d')])
  const second = await openStream(live.url, { 'Last-Event-ID': first.lastId })
  t.after(second.close)
  await waitFor(() => second.messages.length > 0, { timeoutMs: 5000, what: 'the record in between' })
  assert.deepEqual(second.messages, ['d'])

  const third = await openStream(live.url, { 'Last-Event-ID': 'another-999999' })
  t.after(third.close)
  await waitFor(() => third.messages.length === 4, { timeoutMs: 5000, what: 'all, after an id of another process' })
})

test('a viewer that does not read costs one chunk, is cut after two heartbeats, and disturbs nobody', async t => {
  const live = await server(t, {
    maxViewers: 2,
    heartbeatMs: 500,
    tail: createLiveTail({ maxRecords: 5000, maxBytes: 64 * 1024 * 1024 }),
  })
  const slow = connect(live.port, '127.0.0.1')
  t.after(() => slow.destroy())
  slow.on('error', () => {})
  slow.pause()
  slow.write(`GET /live/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  const good = await openStream(live.url)
  t.after(good.close)
  for (let n = 0; n < 200; n++) live.tail.publish([liveRecord(`${n}`, { body: { fill: 'x'.repeat(150_000) } })])
  let peakBytes = 0
  await waitFor(
    () => {
      peakBytes = Math.max(peakBytes, live.queuedBytes())
      return good.messages.length === 200
    },
    { timeoutMs: 20_000, everyMs: 10, what: 'the other viewer to have all' },
  )
  assert.ok(peakBytes > 0 && peakBytes < 1024 * 1024, `${peakBytes} bytes of 30 MB waited`)
  await waitFor(async () => (await rawStatus(live.port, '/live/events')) === 200, {
    timeoutMs: 10_000,
    what: 'the place of the slow one',
  })
})

test('one viewer too many is turned away, and let in once another left', async t => {
  const live = await server(t, { maxViewers: 1 })
  const first = await openStream(live.url)
  assert.equal(await rawStatus(live.port, '/live/events'), 503)
  first.close()
  await waitFor(async () => (await rawStatus(live.port, '/live/events')) === 200, {
    timeoutMs: 5000,
    what: 'the place to be free',
  })
})

test('a quiet stream beats, so that proxies keep it', async t => {
  const live = await server(t, { heartbeatMs: 50 })
  const stream = await openStream(live.url)
  t.after(stream.close)
  await waitFor(() => stream.beats > 0, { timeoutMs: 5000, what: 'a heartbeat' })
})

test('closing the tail ends the streams, so that a server can close', async t => {
  const live = await server(t)
  const stream = await openStream(live.url)
  live.tail.close()
  await waitFor(() => stream.ended, { timeoutMs: 5000, what: 'the stream to end' })
})

interface Stream {
  messages: string[]
  beats: number
  lastId: string
  ended: boolean
  close(): void
}

/** A reader of server-sent events over a socket of its own. */
async function openStream(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  const call = request(`${url}events`, { headers, agent: false })
  const stream: Stream = { messages: [], beats: 0, lastId: '', ended: false, close: () => void call.destroy() }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('error', reject).on('response', resolve).end()
  })
  const parts: string[] = []
  response.setEncoding('utf8').on('error', () => {})
  response.on('end', () => {
    stream.ended = true
  })
  response.on('data', (chunk: string) => {
    parts.push(chunk)
    if (!chunk.endsWith('\n\n')) return
    for (const block of parts.splice(0).join('').split('\n\n')) {
      if (block === ':') stream.beats++
      stream.lastId = /^id: (.*)$/m.exec(block)?.[1] ?? stream.lastId
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data) for (const { line } of JSON.parse(data).entries) stream.messages.push(JSON.parse(line).message)
    }
  })
  return stream
}

/** The status of a request whose path and Host are sent as written. */
async function rawStatus(port: number, path: string, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers: { Host: host }, agent: false }, response => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    call.once('error', reject)
    call.end()
  })
}
