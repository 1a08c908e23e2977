import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch, SendResult } from '../../../sdk/src/batch.ts'
import { createFlushLoop } from '../../../sdk/src/queue/flushLoop.ts'
import type { BatchSource } from '../../../sdk/src/queue/queue.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import { testBatch } from '../../support/testBatch.ts'
import { waitFor } from '../../support/waitFor.ts'

const stored: SendResult = { outcome: 'stored', refused: {} }
const later: SendResult = { outcome: 'retry', retryAfterMs: 0, fault: { code: 'network_error', message: '' } }

function listSource(ids: string[]): BatchSource & { happened: string[] } {
  const happened: string[] = []
  const tell = (what: string) => (batch: { id: string }) => void happened.push(`${what} ${batch.id}`)
  return {
    happened,
    next: () => (ids.length ? testBatch(['1', '2'], { id: ids.shift()! }) : undefined),
    confirm: tell('confirm'),
    postpone: tell('postpone'),
    replace: tell('replace'),
    drop: tell('drop'),
  }
}

function startLoop(sources: BatchSource[], send: (batch: Batch) => Promise<SendResult>, pauseMs = () => 0) {
  const rests: boolean[] = []
  const faults: unknown[] = []
  const loop = createFlushLoop({
    sources,
    send,
    pauseMs,
    onResult() {},
    onSettled: resting => rests.push(resting),
    onFault: fault => faults.push(fault),
    native: captureNativeMethods(),
  })
  return { loop, rests, faults }
}

function untilResting(rests: readonly boolean[]) {
  return waitFor(() => rests.at(-1), { timeoutMs: 5000, what: 'the loop to rest' })
}

test('sources are served in turn, one request at a time, until none has any more', async () => {
  const [a, b] = [listSource(['a1', 'a2', 'a3']), listSource(['b1'])]
  const order: string[] = []
  let inFlight = 0
  const { loop, rests } = startLoop([a, b], async ({ id }) => {
    assert.equal(++inFlight, 1)
    order.push(id)
    loop.kick()
    await sleep(5)
    inFlight--
    return stored
  })
  loop.kick()
  loop.kick()
  await untilResting(rests)
  assert.deepEqual(order, ['a1', 'b1', 'a2', 'a3'])
})

test('each result settles its batch in its own way', async () => {
  const results: SendResult[] = [
    stored,
    later,
    { outcome: 'split' },
    { outcome: 'drop', reason: 'refused', fault: { code: 'invalid_batch', message: '' } },
  ]
  const source = listSource(['a', 'b', 'c', 'd'])
  const { loop, rests } = startLoop([source], async () => results.shift()!)
  loop.kick()
  await untilResting(rests)
  assert.deepEqual(source.happened, ['confirm a', 'postpone b', 'replace c', 'drop d'])
})

test('nothing is sent during a pause, and it goes on by itself afterwards', async () => {
  const source = listSource(['a'])
  const untilMs = performance.now() + 200
  startLoop(
    [source],
    async () => stored,
    () => untilMs - performance.now(),
  ).loop.kick()
  await sleep(50)
  assert.deepEqual(source.happened, [])
  await waitFor(() => source.happened.length > 0, { timeoutMs: 5000, what: 'the end of the pause' })
  assert.deepEqual(source.happened, ['confirm a'])
})

test('once stopped it answers, but sends nothing', async () => {
  const source = listSource(['a'])
  const { loop, rests } = startLoop([source], async () => stored)
  loop.stop()
  loop.kick()
  await sleep(10)
  assert.deepEqual(source.happened, [])
  assert.deepEqual(rests, [true])
})

test('a batch that turns up while the sources are being asked is not overlooked', async () => {
  const first = listSource([])
  const ids = ['late']
  let asked = 0
  const slow: BatchSource = {
    ...listSource([]),
    async next() {
      if (asked++ === 0) await sleep(20)
      return undefined
    },
  }
  const source = {
    ...first,
    next: () => (asked > 0 && ids.length ? testBatch(['1'], { id: ids.shift()! }) : undefined),
  }
  const { loop, rests } = startLoop([source, slow], async () => stored)
  loop.kick()
  await sleep(5)
  loop.kick()
  await untilResting(rests)
  assert.deepEqual(first.happened, ['confirm late'])
})
