/** What there is to try: each with the code that a page of yours would hold, and what it is meant to show. */
export const experiments = [
  {
    name: 'log',
    title: 'Write a log',
    code: "log.info('checkout', { cart: 3 })",
    shows: 'A message with attributes. It is on the live page within a second or two.',
    run: log => log.info('checkout', { cart: 3, sku: 'DESK-01' }),
  },
  {
    name: 'measure',
    title: 'Measure something',
    code: "log.measure('search_ms', 182)",
    shows: 'A number over time: Loki can draw it, or alert on it.',
    run: log => log.measure('search_ms', Math.round(80 + Math.random() * 220), { hits: 12 }),
  },
  {
    name: 'handled',
    title: 'Handle an error',
    code: "log.error('payment failed', { error })",
    shows: 'The error keeps its stack and the chain of its causes.',
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
    run() {
      Promise.reject(new Error('stock service: 503'))
    },
  },
  {
    name: 'burst',
    title: 'Log 1,000 at once',
    code: 'while (n++ < 1000) log.debug(...)',
    shows: 'A flood in one task: the page stays smooth, and not one record is missing in the count.',
    run(log) {
      for (let n = 0; n < 1000; n++) log.debug('pointer moved', { n, x: n % 640, y: n % 480 })
    },
  },
]

function pay(orderId) {
  try {
    charge()
  } catch (cause) {
    throw new Error(`order ${orderId} was not paid`, { cause })
  }
}

function charge() {
  throw new RangeError('the card limit is exceeded')
}
