import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import express from 'express'
import { errorHandler } from '../../../relay/src/api/errorHandler.ts'
import { sdkRoute } from '../../../relay/src/api/sdkRoute.ts'
import { createLog } from '../../../relay/src/log.ts'
import { tempDir } from '../../support/tempDir.ts'
import { send } from './sourceRelay.ts'

const bundle = `${'console.log("bundle");'.repeat(100)}\n`

test('the versioned bundle is immutable, has the integrity that the listing tells, and may be loaded by any page', async t => {
  const url = await serve(t)
  const listing = await (await fetch(`${url}/sdk/`)).json()
  const file = listing.files.find(({ name }: { name: string }) => name === 'loki-beacon.js')
  assert.equal(file.integrity, `sha384-${createHash('sha384').update(bundle).digest('base64')}`)
  assert.equal(file.path, '/sdk/1.2.3/loki-beacon.js')
  const response = await fetch(url + file.path)
  assert.equal(response.status, 200)
  assert.equal(await response.text(), bundle)
  assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin')
})

test('v1 and the bare name follow the releases: short-lived, and not sent twice', async t => {
  const url = await serve(t)
  for (const path of ['/sdk/v1/loki-beacon.js', '/sdk/loki-beacon.js']) {
    const response = await fetch(url + path, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(await response.text(), bundle)
    assert.match(response.headers.get('cache-control')!, /max-age=300/)
    // Not by fetch: it would say no-cache beside it.
    const headers = { 'if-none-match': response.headers.get('etag')!, 'accept-encoding': 'gzip' }
    const again = await send({ url }, { method: 'GET', path, headers })
    assert.deepEqual([again.status, again.json], [304, ''])
  }
})

test('it is compressed for who takes that, and plain for who does not', async t => {
  const url = await serve(t)
  for (const encoding of ['br', 'gzip']) {
    const response = await fetch(`${url}/sdk/v1/loki-beacon.js`, { headers: { 'accept-encoding': encoding } })
    assert.equal(response.headers.get('content-encoding'), encoding)
    assert.equal(response.headers.get('vary'), 'Accept-Encoding')
    assert.equal(await response.text(), bundle)
  }
  const plain = await fetch(`${url}/sdk/v1/loki-beacon.js`, { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-encoding'), null)
})

test('another version, another file, a way out of the directory: 404; another method: 405', async t => {
  const url = await serve(t)
  for (const path of [
    '/sdk/9.9.9/loki-beacon.js',
    '/sdk/v1/secret.js',
    '/sdk/v1/..%2fsecret.js',
    '/sdk/v1/%2e%2e%2fsecret.js',
    '/sdk/constructor',
  ])
    assert.equal((await fetch(url + path)).status, 404, path)
  assert.equal((await fetch(`${url}/sdk/v1/loki-beacon.js`, { method: 'POST' })).status, 405)
})

async function serve(t: TestContext): Promise<string> {
  const dir = await tempDir(t)
  await writeFile(join(dir, 'loki-beacon.js'), bundle)
  await writeFile(join(dir, 'secret.js'), 'secret')
  const app = express().use('/sdk', sdkRoute({ directory: pathToFileURL(`${dir}/`), version: '1.2.3' }))
  const server = createServer(app.use(errorHandler(createLog('silent')))).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
