import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBuffer } from '../../../sdk/src/pipeline/buffer.ts'

describe('buffer', () => {
  test('hands items on in order: the first after the task, and those that follow it 250 ms after the first of them', () => {
    let nowMs = 0
    const { buffer, handedOn, timers } = bufferOf({ monotonicMs: () => nowMs })
    buffer.add(item(1), false)
    buffer.add(item(2), false)
    assert.deepEqual(handedOn, [])
    assert.deepEqual(timers.pendingMs(), [0])
    timers.fire()
    assert.deepEqual(handedOn, [[1, 2]])
    assert.deepEqual(timers.pendingMs(), [])
    nowMs = 100
    buffer.add(item(3), false)
    assert.deepEqual(timers.pendingMs(), [250])
    timers.fire()
    nowMs = 350
    buffer.add(item(4), false)
    assert.deepEqual(timers.pendingMs(), [0])
    assert.deepEqual(handedOn, [[1, 2], [3]])
  })

  test('an urgent item takes those before it along, as soon as the running code ends', async () => {
    const { buffer, handedOn } = bufferOf()
    buffer.add(item(1), false)
    buffer.add(item(2), true)
    buffer.add(item(3), true)
    assert.deepEqual(handedOn, [])
    await Promise.resolve()
    assert.deepEqual(handedOn, [[1, 2, 3]])
  })

  test('no timer is left when nothing waits', async () => {
    const { buffer, timers } = bufferOf()
    buffer.add(item(1), false)
    buffer.add(item(2), true)
    await Promise.resolve()
    assert.deepEqual(timers.pendingMs(), [])
  })

  test('a long backlog is handed on in slices of 2000, a task each, in order and whole', () => {
    const { buffer, handedOn, timers } = bufferOf()
    for (let i = 0; i < 5000; i++) buffer.add(item(i), false)
    timers.fire()
    assert.deepEqual(sizes(handedOn), [2000])
    assert.deepEqual(timers.pendingMs(), [0])
    timers.fire()
    timers.fire()
    assert.deepEqual(sizes(handedOn), [2000, 2000, 1000])
    assert.deepEqual(handedOn.flat(), numbers(5000))
    assert.deepEqual(timers.pendingMs(), [])
  })

  test('a slice of slow items ends soon after 10 ms', () => {
    let nowMs = 0
    const { buffer, handedOn, timers } = bufferOf({ monotonicMs: () => nowMs, onConvert: () => (nowMs += 1) })
    for (let i = 0; i < 100; i++) buffer.add(item(i), false)
    timers.fire()
    assert.deepEqual(sizes(handedOn), [32])
  })

  test('draining hands on everything at once', () => {
    const { buffer, handedOn } = bufferOf()
    for (let i = 0; i < 5000; i++) buffer.add(item(i), false)
    buffer.drain()
    assert.deepEqual(sizes(handedOn), [5000])
    buffer.drain()
    assert.equal(handedOn.length, 1)
  })

  test('draining in slices ends with what was there, although more keeps coming', async () => {
    const { buffer, handedOn, timers } = bufferOf({ onConvert: n => buffer.add(item(n + 1e6), false) })
    for (let i = 0; i < 3000; i++) buffer.add(item(i), false)
    const drained = buffer.drainInSlices()
    timers.fire()
    await drained
    const done = handedOn.flat()
    assert.deepEqual(done.slice(0, 3000), numbers(3000))
    assert.ok(done.length < 6000, `${done.length} items`)
  })

  test('a hook that logs an error for each record does not keep the page busy', async () => {
    const { buffer, handedOn, timers } = bufferOf({ onConvert: n => buffer.add(item(n + 1), true) })
    buffer.add(item(1), true)
    for (let i = 0; i < 1000; i++) await Promise.resolve()
    assert.deepEqual(handedOn, [[1]])
    assert.deepEqual(timers.pendingMs(), [250])
    buffer.drain()
    assert.deepEqual(handedOn, [[1], [2]])
  })

  test('a hook that asks to drain while draining disturbs neither order nor count', () => {
    const { buffer, handedOn } = bufferOf({ onConvert: n => n === 0 && buffer.drain() })
    for (let i = 0; i < 3; i++) buffer.add(item(i), false)
    buffer.drain()
    assert.deepEqual(handedOn, [[0, 1, 2]])
  })

  test('while the page is ending nothing waits for a timer', async () => {
    const { buffer, handedOn } = bufferOf()
    buffer.setEnding(true)
    buffer.add(item(1), false)
    await Promise.resolve()
    assert.deepEqual(handedOn, [[1]])
  })

  test('above its bound it hands on in the middle of a loop, and keeps every item', () => {
    const { buffer, handedOn } = bufferOf({ maxChars: 100_000 })
    for (let i = 0; i < 10_000; i++) buffer.add(item(i), false)
    const inTheLoop = handedOn.flat().length
    assert.ok(inTheLoop >= 8000, `${inTheLoop} items`)
    buffer.drain()
    assert.deepEqual(handedOn.flat(), numbers(10_000))
  })
})

interface Item {
  n: number
  chars: number
}

function item(n: number): Item {
  return { n, chars: 100 }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

function sizes(slices: number[][]): number[] {
  return slices.map(slice => slice.length)
}

interface Options {
  onConvert?: (n: number) => void
  monotonicMs?: () => number
  maxChars?: number
}

function bufferOf({ onConvert = () => {}, ...options }: Options = {}) {
  const handedOn: number[][] = []
  const timers = createTimers()
  const buffer = createBuffer<Item, number>({
    convert({ n }) {
      onConvert(n)
      return n
    },
    append: lines => handedOn.push(lines),
    maxChars: 1e9,
    monotonicMs: () => 0,
    native: { ...timers, queueMicrotask },
    ...options,
  })
  return { buffer, handedOn, timers }
}

/** Timers that the test fires: those of Node's mock run chained ones in one go. */
function createTimers() {
  const pending = new Map<number, { callback: () => void; delayMs: number }>()
  let ids = 0
  return {
    setTimeout(callback: () => void, delayMs: number) {
      pending.set(++ids, { callback, delayMs })
      return ids
    },
    clearTimeout: (id: number | undefined) => void pending.delete(id ?? 0),
    pendingMs: () => [...pending.values()].map(({ delayMs }) => delayMs),
    fire() {
      const timers = [...pending.values()]
      pending.clear()
      for (const { callback } of timers) callback()
    },
  }
}
