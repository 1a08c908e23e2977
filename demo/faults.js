import { scriptUrl } from './scriptUrl.js'

/**
 * What there is to try: each with the code that a page of yours would hold, what it demonstrates, and words that find its
 * record on the live page.
 */
export const faults = [
  {
    name: 'log',
    title: 'Write a log',
    code: "log.info('checkout', { cart: 3 })",
    shows: 'A message with attributes. It is on the live page within a second or two.',
    find: '"cart":3',
    run: log => log.info('checkout', { cart: 3, sku: 'DESK-01' }),
  },
  {
    name: 'measure',
    title: 'Measure something',
    code: "log.measure('search_ms', 182)",
    shows: 'A number over time: the live page shows it below its vitals, Loki can draw it, or alert on it.',
    find: 'search_ms',
    run: log => log.measure('search_ms', Math.round(80 + Math.random() * 220), { hits: 12 }),
  },
  {
    name: 'handled',
    title: 'Handle an error',
    code: "log.error('payment failed', { error })",
    shows: 'The error keeps its stack and the chain of its causes.',
    find: 'payment failed',
    run(log) {
      try {
        pay('A-1042')
      } catch (error) {
        log.error('payment failed', { error, orderId: 'A-1042' })
      }
    },
  },
  {
    name: 'uncaught',
    title: 'Forget to catch one',
    code: 'cart.total.toFixed(2)',
    shows: 'Nobody handles this TypeError, and still it arrives. The console of the browser shows it as ever.',
    find: 'toFixed',
    run() {
      const cart = {}
      // In a task of its own, as it would be in a page.
      setTimeout(() => cart.total.toFixed(2))
    },
  },
  {
    name: 'rejection',
    title: 'Reject a promise',
    code: "Promise.reject(new Error('503'))",
    shows: 'An unhandled rejection, with where it came from.',
    find: 'stock service',
    run() {
      Promise.reject(new Error('stock service: 503'))
    },
  },
  {
    name: 'broken',
    title: 'Load a broken script',
    code: '<script src="coupon.js">',
    shows: 'Code of somebody else fails while it loads. The frame names the file and the line.',
    find: 'coupon.js',
    run: () => loadScript('coupon.js'),
  },
  {
    name: 'missing',
    title: 'Load a missing script',
    code: '<script src="not-there.js">',
    shows:
      'No error is thrown, and the page is broken all the same: a resource that did not load is a record of its own.',
    find: 'failed load script',
    run: () => loadScript('not-there.js'),
  },
  {
    name: 'worker',
    title: 'Fail in a worker',
    code: "new Worker('stockWorker.js')",
    shows: 'What a worker does not catch reaches the page, and so the logger.',
    find: 'DESK-01 negative',
    run: () => new Worker(scriptUrl('stockWorker.js')).postMessage('DESK-01'),
  },
  {
    name: 'slow',
    title: 'Wait for a slow image',
    code: '<img src="hero.svg">  3 s late',
    shows:
      'Loads this page again with a picture that comes late. Click anything after it: LCP on the live page is no longer good.',
    find: 'lcp',
    run: () => location.assign('?slow'),
  },
  {
    name: 'burst',
    title: 'Log 1,000 at once',
    code: 'while (n++ < 1000) log.debug(...)',
    shows: 'A flood in one task: the page stays smooth, and not one record is missing in the count.',
    find: 'pointer moved',
    run(log) {
      for (let n = 0; n < 1000; n++) log.debug('pointer moved', { n, x: n % 640, y: n % 480 })
    },
  },
]

/** Throws as a payment does that was declined two calls below. */
export function pay(orderId) {
  try {
    charge()
  } catch (cause) {
    throw new Error(`order ${orderId} was not paid`, { cause })
  }
}

function charge() {
  throw new RangeError('the card limit is exceeded')
}

function loadScript(name) {
  const script = document.createElement('script')
  script.src = scriptUrl(name)
  document.head.append(script)
}
