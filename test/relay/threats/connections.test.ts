import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Listener, listen } from '../../../relay/src/listen.ts'
import { waitFor } from '../../support/waitFor.ts'
import type { Burst } from './burst.worker.ts'

test('connections above the bound are closed at once, which the operator is told once, and those within it are served', async t => {
  const told: number[] = []
  const listener = await listen((_req, res) => res.end('served'), {
    host: '127.0.0.1',
    port: 0,
    maxConnections: 5,
    onFull: bound => told.push(bound),
  })
  t.after(() => end(listener))
  const held = Array.from({ length: 8 }, () => openSocket(t, listener.port))
  await waitFor(() => held.filter(({ closed }) => closed()).length === 3, {
    timeoutMs: 2000,
    what: 'three to be closed',
  })
  for (const { socket, closed } of held) if (!closed()) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await waitFor(() => held.filter(({ text }) => text().includes('served')).length === 5, {
    timeoutMs: 2000,
    what: 'five to be served',
  })
  assert.deepEqual(told, [5])
})

test('who asks for much and never reads the answer is cut off', async t => {
  const large = Buffer.alloc(32_000_000, 'x')
  const listener = await listen((_req, res) => res.end(large), { host: '127.0.0.1', port: 0, silenceTimeoutMs: 1000 })
  t.after(() => end(listener))
  const deaf = openSocket(t, listener.port)
  deaf.socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await sleep(4000)
  deaf.socket.resume()
  await waitFor(deaf.closed, { timeoutMs: 5000, what: 'it to be cut off' })
  assert.ok(deaf.text().length < large.length)
})

test('1,500 connections that come while the relay is busy all find a place to wait: none has to knock again', async t => {
  const listener = await listen((_req, res) => res.end('served'), { host: '127.0.0.1', port: 0 })
  const burst: Burst = { port: listener.port, connections: 1500, shared: new Int32Array(new SharedArrayBuffer(8)) }
  const worker = new Worker(new URL('./burst.worker.ts', import.meta.url), { workerData: burst })
  t.after(async () => {
    await worker.terminate()
    await end(listener)
  })
  await once(worker, 'message')
  burst.shared[0] = 1
  Atomics.notify(burst.shared, 0)
  // Nothing is accepted meanwhile: this thread sleeps.
  const waitMs = 800
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs)
  const { connections, shared } = burst
  const waiting = Atomics.load(shared, 1)
  assert.ok(waiting >= Math.min(connections, systemBound()), `${waiting} of them wait`)
})

test('the end does not wait for who keeps a connection after the last answer', async t => {
  const asked = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const listener = await listen(
    async (_req, res) => {
      asked.resolve()
      await mayAnswer.promise
      res.end('served')
    },
    { host: '127.0.0.1', port: 0 },
  )
  t.after(() => end(listener))
  const quiet = openSocket(t, listener.port)
  quiet.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await asked.promise
  const closed = listener.close().then(() => 'closed')
  mayAnswer.resolve()
  assert.equal(await Promise.race([closed, sleep(3000, 'it waits')]), 'closed')
  assert.match(quiet.text(), /served/)
})

test('the end does not wait for who has asked for nothing, or for half of something; who has asked is answered', async t => {
  const asked = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const listener = await listen(
    async (_req, res) => {
      asked.resolve()
      await mayAnswer.promise
      res.end('served')
    },
    { host: '127.0.0.1', port: 0 },
  )
  t.after(() => end(listener))
  const [silent, half, again, asking] = Array.from({ length: 4 }, () => openSocket(t, listener.port))
  half!.socket.write('GET / HTTP/1.1\r\nHost:')
  for (const { socket } of [again!, asking!]) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  again!.socket.write('GET / HTTP/1.1\r\nHost:')
  await asked.promise
  await sleep(100)
  const closed = listener.close().then(() => 'closed')
  await waitFor(() => silent!.closed() && half!.closed(), { timeoutMs: 3000, what: 'those two to be ended' })
  await sleep(300)
  assert.deepEqual([again!.closed(), asking!.closed()], [false, false])
  mayAnswer.resolve()
  assert.equal(await Promise.race([closed, sleep(3000, 'it waits')]), 'closed')
  await waitFor(() => again!.closed() && asking!.closed(), { timeoutMs: 3000, what: 'all to be ended' })
  for (const { text } of [again!, asking!]) assert.match(text(), /served/)
})

function end(listener: Listener): Promise<void> {
  const closed = listener.close()
  listener.destroy()
  return closed
}

function openSocket(t: TestContext, port: number): { socket: Socket; text(): string; closed(): boolean } {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const chunks: Buffer[] = []
  let closed = false
  socket.on('data', chunk => chunks.push(chunk)).on('error', () => undefined)
  socket.on('close', () => {
    closed = true
  })
  return { socket, text: () => Buffer.concat(chunks).toString('latin1'), closed: () => closed }
}

/** Linux has a bound of its own: https://docs.kernel.org/admin-guide/sysctl/net.html */
function systemBound(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) + 1
  } catch {
    return 0
  }
}
