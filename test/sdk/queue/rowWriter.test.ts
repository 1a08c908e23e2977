import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryQueue } from '../../../sdk/src/queue/memoryQueue.ts'
import { createRowWriter } from '../../../sdk/src/queue/rowWriter.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import { testBatch } from '../../support/testBatch.ts'
import { waitFor } from '../../support/waitFor.ts'

const native = captureNativeMethods()
const batch = (id: string) => testBatch([`"${id}"`], { id })

/** A queue that fails on demand; remembers each transaction as `+put -remove`. */
function watchedQueue() {
  const writes: string[] = []
  const state = { fails: false, failed: [] as boolean[], writeMs: 0 }
  const queue = {
    ...createMemoryQueue(),
    async write(puts: readonly { id: string }[], removes: readonly string[]) {
      writes.push([...puts.map(({ id }) => `+${id}`), ...removes.map(id => `-${id}`)].join(' '))
      if (state.writeMs) await sleep(state.writeMs)
      if (state.fails) throw new Error('disk full')
    },
  }
  const writer = createRowWriter({ queue, native, onWritten: failed => state.failed.push(failed) })
  return { writes, state, writer }
}

test('the first row is written at once, what follows within 250 ms and together', async () => {
  const { writes, writer } = watchedQueue()
  writer.put(batch('a'), false)
  assert.deepEqual(writes, ['+a'])
  writer.put(batch('b'), false)
  writer.put(batch('c'), false)
  await sleep(50)
  assert.deepEqual(writes, ['+a'])
  await sleep(300)
  assert.deepEqual(writes, ['+a', '+b +c'])
})

test('a row that comes during a write which takes longer than the interval is written after it', async () => {
  const { writes, state, writer } = watchedQueue()
  state.writeMs = 400
  writer.put(batch('a'), false)
  writer.put(batch('b'), false)
  await sleep(600)
  assert.deepEqual(writes, ['+a', '+b'])
})

test('an urgent row waits for nothing but the write that is under way', async () => {
  const { writes, writer } = watchedQueue()
  writer.put(batch('a'), false)
  writer.put(batch('b'), true)
  await sleep(20)
  assert.deepEqual(writes, ['+a', '+b'])
})

test('a batch that is settled before its turn is never written, one that was written is removed', async () => {
  const { writes, writer } = watchedQueue()
  writer.put(batch('a'), false)
  writer.put(batch('b'), false)
  writer.remove('a')
  writer.remove('b')
  await sleep(300)
  assert.deepEqual(writes, ['+a', '-a'])
})

test('the row of a settled batch is known to be leaving until it has gone', async () => {
  const { writes, state, writer } = watchedQueue()
  state.writeMs = 200
  writer.put(batch('a'), false)
  assert.equal(writer.isLeaving('a'), false)
  writer.remove('a')
  assert.equal(writer.isLeaving('a'), true)
  await waitFor(async () => writes.at(-1) === '-a', { timeoutMs: 5000, everyMs: 5, what: 'the removal to begin' })
  assert.equal(writer.isLeaving('a'), true)
  await waitFor(async () => !writer.isLeaving('a'), { timeoutMs: 5000, everyMs: 5, what: 'the removal to end' })
})

test('rows are removed only once all that waits is written', async () => {
  const { writes, writer } = watchedQueue()
  writer.put(batch('whole'), false)
  for (let i = 0; i < 8; i++) writer.put(batch(String(i)), false)
  writer.remove('whole')
  await sleep(300)
  assert.equal(writes.length, 3)
  assert.doesNotMatch(writes[1]!, /-whole/)
  assert.match(writes[2]!, /\+7 -whole$/)
})

test('what could not be written is written on the next occasion, and no sooner', async () => {
  const { writes, state, writer } = watchedQueue()
  state.fails = true
  writer.put(batch('a'), false)
  await sleep(600)
  assert.deepEqual(writes, ['+a'])
  assert.deepEqual(state.failed, [true])
  state.fails = false
  writer.put(batch('b'), false)
  await sleep(300)
  assert.deepEqual([...writes[1]!.split(' ')].sort(), ['+a', '+b'])
  assert.deepEqual(state.failed, [true, false])
})

test('at the end everything is handed over within the call', () => {
  const { writes, writer } = watchedQueue()
  for (let i = 0; i < 40; i++) writer.put(batch(String(i)), false)
  writer.writeAll()
  assert.equal(writes.join(' ').split(' ').length, 40)
})
