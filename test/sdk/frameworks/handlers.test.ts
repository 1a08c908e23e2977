import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { angularErrorHandler } from '../../../sdk/src/frameworks/angular.ts'
import { kitErrorHandler, svelteErrorHandler } from '../../../sdk/src/frameworks/svelte.ts'
import { lokiBeaconVue, type VueApp } from '../../../sdk/src/frameworks/vue.ts'
import { createRecordingLogger } from '../../support/recordingLogger.ts'

const error = new Error('broken')

function mockConsole(t: TestContext) {
  return t.mock.method(console, 'error', () => {}).mock
}

test('Vue: a handler that was there before is called, in the place of the printing', t => {
  const printed = mockConsole(t)
  const log = createRecordingLogger()
  const told: unknown[] = []
  const app: VueApp = { config: { errorHandler: (...args) => told.push(args) } }
  lokiBeaconVue.install(app, { log })
  const instance = { $options: { __name: 'Cart' } }
  app.config.errorHandler!(error, instance, 'render function')
  assert.deepEqual(log.calls, [['captureError', error, { component: 'Cart', info: 'render function' }, 'vue']])
  assert.deepEqual(told, [[error, instance, 'render function']])
  assert.equal(printed.callCount(), 0)
})

test('Vue: without an instance, and with the address that production has for its info', t => {
  const printed = mockConsole(t)
  const log = createRecordingLogger()
  const app: VueApp = { config: {} }
  lokiBeaconVue.install(app, { log })
  app.config.errorHandler!(error, null, 'https://vuejs.org/error-reference/#runtime-5')
  assert.deepEqual(log.calls, [['captureError', error, { component: undefined, info: 'runtime-5' }, 'vue']])
  assert.deepEqual(printed.calls[0]!.arguments, [error])
})

test('Angular: what zone.js wrapped is unwrapped; another handler is called in the place of the printing', t => {
  const printed = mockConsole(t)
  const log = createRecordingLogger()
  const told: unknown[] = []
  const wrapped = Object.assign(new Error('Uncaught (in promise)'), { rejection: error })
  angularErrorHandler(log).handleError(wrapped)
  angularErrorHandler(log, { handleError: each => told.push(each) }).handleError(null)
  assert.deepEqual(
    log.calls.map(([, thrown]) => thrown),
    [error, null],
  )
  assert.deepEqual(told, [null])
  assert.deepEqual(printed.calls[0]!.arguments, ['ERROR', wrapped])
})

test('SvelteKit: pages that are not there, and what the app threw itself, are no errors; the answer of the page is kept', t => {
  mockConsole(t)
  const log = createRecordingLogger()
  const handle = kitErrorHandler(log, ({ status }) => ({ message: `sorry, ${status}` }))
  const event = { route: { id: '/cart/[id]' } }
  assert.deepEqual(handle({ error, event, status: 500 }), { message: 'sorry, 500' })
  handle({ error, event, status: 404 })
  handle({ error, event, kind: 'app' })
  assert.deepEqual(log.calls, [
    ['captureError', error, { hook: 'handleError', route: '/cart/[id]', status: 500 }, 'sveltekit'],
  ])
  assert.equal(kitErrorHandler(log)({ error }), undefined)
})

test('Svelte: a handler of the page is called in the place of the printing', t => {
  const printed = mockConsole(t)
  const log = createRecordingLogger()
  const told: unknown[] = []
  const reset = () => {}
  svelteErrorHandler(log, (...args) => told.push(args))(error, reset)
  assert.deepEqual(told, [[error, reset]])
  assert.equal(printed.callCount(), 0)
})
