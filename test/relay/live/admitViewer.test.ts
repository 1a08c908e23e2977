import assert from 'node:assert/strict'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { startSourceRelay } from '../api/sourceRelay.ts'
import { startLiveServer } from './liveServer.ts'

const token = 'a-token-of-the-operator'
const paths = ['', 'live.js', 'events', 'status']

test('without a token the page is for this machine under names that no stranger can have', async t => {
  const live = await startLiveServer()
  t.after(() => live.close())
  for (const path of paths) {
    assert.equal(await status(live.url + path), 200, path)
    for (const name of ['x-forwarded-for', 'forwarded', 'via'])
      assert.equal(await status(live.url + path, { [name]: '203.0.113.9' }), 403, `${path} ${name}`)
  }
  const refused = await fetch(live.url, { headers: { via: '1.1 proxy' } })
  assert.match(await refused.text(), /ssh -L[\s\S]*RELAY_ADMIN_TOKEN/)
})

test('with a token it is for whoever has it, from anywhere and under any name, and for nobody else', async t => {
  const live = await startLiveServer({ token })
  t.after(() => live.close())
  for (const path of paths) {
    const url = live.url + path
    for (const authorization of [
      `Basic ${btoa(`anybody:${token}`)}`,
      `basic ${btoa(`:${token}`)}`,
      `Bearer ${token}`,
    ]) {
      assert.equal(await status(url, { authorization, via: '1.1 proxy', host: 'logs.example.com' }), 200, authorization)
    }
    for (const authorization of [
      undefined,
      'Basic',
      `Basic ${btoa(`${token}x`)}`,
      `Basic ${btoa(`${token}:`)}`,
      `Basic ${btoa(`anybody:${token} `)}`,
      'Bearer other',
      `Digest ${token}`,
    ])
      assert.equal(await status(url, authorization ? { authorization } : {}), 401, `${path} ${authorization}`)
  }
  const refused = await fetch(live.url)
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic realm=/)
  assert.doesNotMatch(await refused.text(), new RegExp(token))
})

test('RELAY_ADMIN_TOKEN guards the live page of a relay, and not its metrics', async t => {
  const relay = await startSourceRelay(t, { RELAY_ADMIN_TOKEN: token })
  assert.equal(await status(`${relay.adminUrl}/live/status`), 401)
  assert.equal(await status(`${relay.adminUrl}/live/status`, { authorization: `Bearer ${token}` }), 200)
  assert.equal(await status(`${relay.adminUrl}/metrics`), 200)
  await assert.rejects(startSourceRelay(t, { RELAY_ADMIN_TOKEN: 'short' }), /RELAY_ADMIN_TOKEN.*16 characters/)
})

test('another machine is refused, also when the admin port listens to all', async t => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(one => one && !one.internal && one.family === 'IPv4')
  if (!outside) return t.diagnostic('this machine has no other address')
  const relay = await startSourceRelay(t, { RELAY_ADMIN_HOST: '0.0.0.0' })
  const port = Number(new URL(relay.adminUrl).port)
  // With an address that is neither loopback nor the one it asks: what a caller on another machine has.
  assert.equal(await status(`http://127.0.0.1:${port}/live/status`, {}, outside.address), 403)
  assert.equal(await status(`http://127.0.0.1:${port}/live/status`, {}, '127.0.0.2'), 200)
  assert.equal(await status(`http://${outside.address}:${port}/live/status`), 200, 'this machine by its own address')
})

function status(url: string, headers: Record<string, string> = {}, localAddress?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers, agent: false, localAddress }, response => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    call.once('error', reject)
    call.end()
  })
}
