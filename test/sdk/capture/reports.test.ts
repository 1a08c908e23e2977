import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { reports } from '../../../sdk/src/capture/reports.ts'
import { createFakeHost } from './fakeHost.ts'

type Tell = (reports: { type: string; body: object | null }[]) => void

const page = globalThis as { ReportingObserver?: unknown }

/** An engine that reports what the test tells it to. */
function stubEngine(): { tell: Tell; options(): unknown; isLive(): boolean } {
  let callback: Tell = () => {}
  let given: unknown
  let live = false
  page.ReportingObserver = class {
    constructor(listener: Tell, options: unknown) {
      callback = listener
      given = options
    }
    observe() {
      live = true
    }
    disconnect() {
      live = false
    }
  }
  return { tell: seen => callback(seen), options: () => given, isLive: () => live }
}

afterEach(() => {
  delete page.ReportingObserver
})

test('each report is recorded once, as severe as it is, and those of the policy are not asked for', () => {
  const engine = stubEngine()
  const host = createFakeHost()
  const stop = reports.start(host, {})
  assert.deepEqual(engine.options(), { types: ['deprecation', 'intervention', 'crash'], buffered: true })
  const old = { id: 'Old', message: 'Old is old', sourceFile: 'https://shop.example/a.js?v=1', lineNumber: 3 }
  const deprecation = { type: 'deprecation', body: old }
  engine.tell([deprecation, deprecation])
  engine.tell([
    deprecation,
    { type: 'deprecation', body: { ...old, lineNumber: 4 } },
    { type: 'intervention', body: { id: 'Heavy', message: 'Too heavy', sourceFile: null, lineNumber: null } },
    { type: 'crash', body: { reason: 'oom' } },
    { type: 'crash', body: null },
  ])
  const place = { source: 'https://shop.example/a.js' }
  assert.deepEqual(
    host.records.map(({ level, message, attributes }) => [level, message, JSON.parse(JSON.stringify(attributes))]),
    [
      ['warn', 'deprecation: Old is old', { type: 'deprecation', id: 'Old', ...place, line: 3 }],
      ['warn', 'deprecation: Old is old', { type: 'deprecation', id: 'Old', ...place, line: 4 }],
      ['warn', 'intervention: Too heavy', { type: 'intervention', id: 'Heavy' }],
      ['error', 'crash: oom', { type: 'crash' }],
      ['error', 'crash: ', { type: 'crash' }],
    ],
  )
  assert.equal(engine.isLive(), true)
  stop()
  assert.equal(engine.isLive(), false)
})

test('an engine that reports nothing has nothing to stop', () => {
  const host = createFakeHost()
  reports.start(host, {})()
  assert.deepEqual(host.records, [])
})
