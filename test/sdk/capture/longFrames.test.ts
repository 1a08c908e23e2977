import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { longFrames } from '../../../sdk/src/capture/longFrames.ts'
import { createFakeHost } from './fakeHost.ts'

type Frame = { blockingDuration: number; duration: number; startTime: number; scripts: object[] }

/** The engine's observer, told by the test what to see. */
class FakeObserver {
  static supportedEntryTypes = ['long-animation-frame']
  static live: FakeObserver[] = []
  callback: (list: { getEntries(): Frame[] }) => void
  constructor(callback: FakeObserver['callback']) {
    this.callback = callback
  }
  observe() {
    FakeObserver.live.push(this)
  }
  disconnect() {
    FakeObserver.live.splice(FakeObserver.live.indexOf(this), 1)
  }
}

describe('long frames', () => {
  const { PerformanceObserver: original } = globalThis
  beforeEach(() => {
    FakeObserver.live = []
    globalThis.PerformanceObserver = FakeObserver as unknown as typeof PerformanceObserver
  })
  afterEach(() => {
    globalThis.PerformanceObserver = original
  })

  function see(...blocking: number[]): void {
    const entries = blocking.map(ms => ({ blockingDuration: ms, duration: ms + 50, startTime: 1, scripts: [] }))
    for (const { callback } of FakeObserver.live) callback({ getEntries: () => entries })
  }

  test('the five worst are recorded when the page is hidden, and what is worse still when it is hidden again', () => {
    const host = createFakeHost()
    const stop = longFrames.start(host, { minBlockingMs: 150 })
    const recorded = () => host.records.splice(0).map(({ values }) => values!.blocking)
    see(149, 150, 200, 300)
    see(400, 500, 600, 160)
    assert.deepEqual(recorded(), [])
    host.exit()
    assert.deepEqual(recorded(), [600, 500, 400, 300, 200])
    host.exit()
    see(180)
    host.exit()
    assert.deepEqual(recorded(), [])
    see(350, 160)
    host.exit()
    assert.deepEqual(recorded(), [350])
    see(700)
    stop()
    host.exit()
    assert.deepEqual([recorded(), FakeObserver.live], [[], []])
  })

  test('a frame tells of its three longest scripts, without their query', () => {
    const host = createFakeHost()
    longFrames.start(host, { minBlockingMs: 0 })
    const scripts = [10, 40, 20, 30].map(duration => ({
      sourceURL: `https://shop.example/${duration}.js?v=1`,
      sourceFunctionName: duration === 40 ? 'render' : '',
      duration,
    }))
    for (const { callback } of FakeObserver.live)
      callback({ getEntries: () => [{ blockingDuration: 100.4, duration: 150.6, startTime: 12.3, scripts }] })
    host.exit()
    assert.deepEqual(JSON.parse(JSON.stringify(host.records)), [
      {
        kind: 'measurement',
        level: 'info',
        message: 'long_frame',
        values: { blocking: 100, duration: 151 },
        attributes: {
          startMs: 12,
          scripts: [
            { source: 'https://shop.example/40.js', function: 'render', duration: 40 },
            { source: 'https://shop.example/30.js', duration: 30 },
            { source: 'https://shop.example/20.js', duration: 20 },
          ],
        },
      },
    ])
  })

  test('an engine without them, or without any observer, has nothing to tell', () => {
    FakeObserver.supportedEntryTypes = ['longtask']
    for (const Observer of [FakeObserver, undefined]) {
      globalThis.PerformanceObserver = Observer as unknown as typeof PerformanceObserver
      const host = createFakeHost()
      longFrames.start(host, { minBlockingMs: 0 })()
      host.exit()
      assert.deepEqual([host.records, FakeObserver.live], [[], []])
    }
  })
})
