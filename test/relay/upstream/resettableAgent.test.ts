import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp, request as requestHttp } from 'node:http'
import { createServer as createHttps, request as requestHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createResettableAgent } from '../../../relay/src/upstream/resettableAgent.ts'
import { waitFor } from '../../support/waitFor.ts'

// A shared key instead of certificates, which would expire.
const psk = Buffer.alloc(32, 7)
const sharedKey = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const

for (const secure of [false, true]) {
  test(`a connection ${secure ? 'with' : 'without'} TLS is ended by RST`, async t => {
    const { port, ports, errors } = await startServer(t, secure)
    const { agent, reset } = createResettableAgent(secure)
    t.after(() => agent.destroy())
    await answered('/a')
    await answered('/b')
    // Connections with a shared key are not kept by any agent of Node.
    if (!secure) assert.equal(new Set(ports).size, 1)

    const call = request('/hang')
    call.end()
    await waitFor(() => ports.length === 3, { timeoutMs: 2000, what: 'the request to arrive' })
    assert.ok(call.socket)
    reset(call.socket)
    await waitFor(() => errors.includes('ECONNRESET'), { timeoutMs: 2000, what: 'the server to see the reset' })

    function request(path: string) {
      const options = { agent, port, host: '127.0.0.1', path }
      const keyed = {
        ...options,
        ...sharedKey,
        pskCallback: () => ({ psk, identity: 'test' }),
        checkServerIdentity: () => undefined,
      }
      const made = secure ? requestHttps(keyed) : requestHttp(options)
      return made.on('error', () => {})
    }

    async function answered(path: string): Promise<void> {
      const made = request(path).end()
      const [response] = await once(made, 'response')
      response.resume()
      await once(response, 'end')
      // The agent takes the connection back a moment later.
      await turn()
    }
  })
}

test('an idle connection that the server ends is told, one that we end or use is not', async t => {
  const server = createHttp((request, response) => {
    if (request.url === '/cut') request.socket.destroy()
    else response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { agent, watchIdle } = createResettableAgent(false)
  let told = 0
  watchIdle(() => told++)
  const answered = async (path: string) => {
    const made = requestHttp({ agent, port, host: '127.0.0.1', path }).end()
    const [response] = await once(made, 'response')
    response.resume()
    await once(response, 'end')
    await turn()
  }
  await answered('/')
  await answered('/')
  await assert.rejects(answered('/cut'))
  await turn()
  assert.equal(told, 0, 'in use')
  await answered('/')
  server.closeIdleConnections()
  await waitFor(() => told === 1, { timeoutMs: 2000, what: 'the end to be told' })
  await answered('/')
  agent.destroy()
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(told, 1, 'ended by us')
})

test('where nobody listens the request fails as it would with any agent, with TLS too', async t => {
  const { agent } = createResettableAgent(true)
  t.after(() => agent.destroy())
  const [error] = await once(requestHttps({ agent, host: '127.0.0.1', port: 1 }).end(), 'error')
  assert.equal(error.code, 'ECONNREFUSED')
})

/** Answers all but `/hang`; `errors` is how the connections ended. */
async function startServer(t: TestContext, secure: boolean) {
  const ports: (number | undefined)[] = []
  const errors: string[] = []
  const server = secure ? createHttps({ ...sharedKey, pskCallback: () => psk }) : createHttp()
  server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
    socket.once('error', error => errors.push('code' in error ? String(error.code) : error.message))
    socket.once('end', () => errors.push('end'))
  })
  server.on('request', (request, response) => {
    ports.push(request.socket.remotePort)
    request.socket.on('error', () => {})
    if (request.url !== '/hang') response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, ports, errors }
}
