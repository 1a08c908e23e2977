import { forwardErrors } from 'loki-beacon/worker'

/** A worker that does what it is told. */

const log = forwardErrors()
const known = new RangeError('logged and thrown')

const commands: Record<string, () => void> = {
  throw: function inTheWorker() {
    throw new TypeError('thrown in a worker', { cause: new Error('the cause') })
  },
  'throw again': () => {
    log.error('about to throw', { error: known })
    log.error(known)
    throw known
  },
  reject: () => void Promise.reject(Object.assign(new Error('rejected in a worker'), { code: 7 })),
  log: () => {
    log.warn('a line', { count: 3, at: new Date(0) })
    log.warn({ no: 'Error' })
  },
  capture: () => log.captureError('a text', { step: 'three' }),
  hostile: () => {
    const cycle: Record<string, unknown> = { text: 'x'.repeat(1e6), act: () => {} }
    cycle.self = cycle
    Object.defineProperty(cycle, 'broken', {
      enumerable: true,
      get() {
        throw new Error('a getter')
      },
    })
    log.info('hostile', cycle)
  },
  answer: () => postMessage({ answer: 42 }),
  foreign: () => {
    const strange = [null, 7, { level: 'error' }, { level: {}, hook: [], error: { cause: { cause: 1 } } }]
    for (const message of strange) postMessage({ 'loki-beacon': message })
  },
}

addEventListener('message', ({ data }) => commands[data]?.())
