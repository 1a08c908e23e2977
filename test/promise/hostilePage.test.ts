import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../support/waitFor.ts'
import { breakages, type Outcome } from './breakages.ts'
import { assertStoredOnce, type Host, inEveryEngine, numbered, startSdk, timeoutMs } from './hostPage.ts'

const count = 10

for (const when of ['before', 'after'] as const) {
  inEveryEngine(`a page that breaks itself ${when} the SDK has come`, host => {
    for (const [name, { break: broken, [when]: outcome }] of Object.entries(breakages)) {
      test(`${name}: all is ${outcome}, and the page hears nothing of it`, async () => {
        const script = `<script>(${broken})()</script>`
        const sdk = startSdk(host.intake, { timeoutMs: 500 })
        await host.open(keepOriginals + (when === 'before' ? script + sdk : sdk + script) + logAndReport, {
          '/next': startSdk(host.intake),
        })
        const report = await reportOf(host)
        assert.deepEqual(report, expected(outcome))
        // Where the page kept them, the next one has them.
        await host.page.goto(`${host.pages.origin}/next`)
        const messages = outcome === 'counted' ? [] : numbered(count)
        await waitFor(() => host.intake.stored.length >= messages.length, { timeoutMs, what: 'all to be stored' })
        assertStoredOnce(host.intake, messages)
        for (const { attributes } of host.intake.stored) assert.deepEqual(attributes, { list: [1, { a: 'b' }] })
      })
    }
  })
}

interface Report {
  created: number
  delivered: number
  dropped: number
  pending: number
  flushed: string
  /** What reached the page. */
  faults: string
}

function expected(outcome: Outcome): Report {
  const counts = { created: count, delivered: 0, dropped: 0, pending: 0 }
  const flushed = String(outcome !== 'kept')
  if (outcome === 'delivered') counts.delivered = count
  if (outcome === 'counted') counts.dropped = count
  if (outcome === 'kept') counts.pending = count
  return { ...counts, flushed, faults: '' }
}

/** The page tells by the address of an image: what drives it may need what it has broken. */
async function reportOf({ pages }: Host): Promise<Report> {
  const path = await waitFor(() => pages.requests.find(path => path.startsWith('/report/')), {
    timeoutMs,
    what: 'the report',
  })
  const [created, delivered, dropped, pending, flushed, faults] = decodeURIComponent(path).split('/').slice(2)
  return {
    created: Number(created),
    delivered: Number(delivered),
    dropped: Number(dropped),
    pending: Number(pending),
    flushed: flushed!,
    faults: faults!,
  }
}

const keepOriginals = `<script>
  window.originals = {
    setTimeout: setTimeout.bind(window), encode: encodeURIComponent, Image, then: Promise.prototype.then,
  }
</script>`

const logAndReport = `<script>
(() => {
  const { setTimeout, encode, Image, then } = originals
  const faults = []
  let flushed = 'never'
  try {
    for (let i = 0; i < ${count}; i++) lokiBeacon[i ? 'info' : 'error']('record ' + i, { list: [1, { a: 'b' }] })
  } catch (error) { faults[faults.length] = 'log: ' + error }
  setTimeout(() => {
    try {
      const flushing = lokiBeacon.flush()
      const done = result => { flushed = String(result); setTimeout(report, 100) }
      if (flushing.then === Promise.prototype.then) then.call(flushing, done, error => done('rejected ' + error))
      else flushing.then(done, error => done('rejected ' + error))
    } catch (error) { faults[faults.length] = 'flush: ' + error }
  }, 300)
  setTimeout(report, 6000)
  let reported = false
  function report() {
    if (reported) return
    reported = true
    const { created, delivered, dropped, pending } = lokiBeacon.stats()
    let lost = 0
    for (const reason of Object.keys(dropped)) lost += dropped[reason]
    for (const error of pageErrors) faults[faults.length] = error
    if (printed.length > 1) faults[faults.length] = printed.join()
    const text = created + '/' + delivered + '/' + lost + '/' + pending + '/' + flushed + '/' + faults.join().replaceAll('/', '|')
    new Image().src = '/report/' + encode(text)
  }
})()
</script>`
