import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import {
  bundleOf,
  everything,
  flush,
  isBalanced,
  pageErrors,
  type SdkGlobals,
  serveSdkPages,
  statsOf,
  stored,
} from './sdkPage.ts'

/** What one of Chrome 80, Firefox 78 and Safari 14.1 lacks of what the engines of today have. */
const newer = `
  AggregateError BroadcastChannel CompressionStream DecompressionStream FinalizationRegistry Iterator ReportingObserver
  WeakRef cookieStore fetchLater navigation reportError scheduler structuredClone trustedTypes
  AbortSignal.abort AbortSignal.any AbortSignal.timeout Array.fromAsync Error.captureStackTrace Error.isError
  Object.groupBy Object.hasOwn Map.groupBy Promise.any Promise.try Promise.withResolvers RegExp.escape URL.canParse URL.parse
  AbortSignal.prototype.reason AbortSignal.prototype.throwIfAborted
  Array.prototype.at Array.prototype.findLast Array.prototype.findLastIndex Array.prototype.toReversed
  Array.prototype.toSorted Array.prototype.toSpliced Array.prototype.with
  Uint8Array.prototype.__proto__.at Uint8Array.prototype.__proto__.findLast Uint8Array.prototype.toHex
  Crypto.prototype.randomUUID Document.prototype.prerendering Element.prototype.checkVisibility
  Element.prototype.replaceChildren Event.prototype.isComposing IDBFactory.prototype.databases
  IDBTransaction.prototype.commit IDBTransaction.prototype.durability Navigator.prototype.connection
  Navigator.prototype.deviceMemory Navigator.prototype.locks Navigator.prototype.storage Navigator.prototype.userAgentData
  PerformanceEventTiming.prototype.interactionId RegExp.prototype.hasIndices RegExp.prototype.unicodeSets
  Response.json Set.prototype.union String.prototype.at String.prototype.isWellFormed String.prototype.replaceAll
  String.prototype.toWellFormed Window.prototype.requestIdleCallback requestIdleCallback
`
  .trim()
  .split(/\s+/)

for (const engine of browserEngines) {
  describe(`the oldest browsers, played by ${engine}`, () => {
    const host = useBrowser(engine)

    test('without what they lack the logger and all that captures work', async () => {
      host.pages = await serveSdkPages({
        '/': `<script>
            remaining = []
            for (const path of ${JSON.stringify(newer)}) {
              const names = path.split('.')
              const last = names.pop()
              const owner = names.reduce((owner, name) => owner && owner[name], window)
              if (!owner || !(last in owner)) continue
              delete owner[last]
              if (last in owner && owner !== window) remaining.push(path)
            }
          </script>
          <script src="/sdk/loki-beacon.js"></script>
          <script>
            lokiBeacon.init({
              url: '${host.intake.url}', key: 'pk_shop_web', capture: ${JSON.stringify(everything)},
              onError: error => pageErrors.push('onError ' + error.code + ' ' + error.cause),
            })
            setTimeout(() => { throw new Error('thrown') })
          </script>`,
      })
      await host.page.goto(host.pages.origin)
      assert.deepEqual(await host.page.evaluate('remaining'), [])
      await host.page.evaluate(async () => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        lokiBeacon.with({ cart: 'c1' }).info('logged', { size: 'x'.repeat(5000) })
        console.warn('printed')
        await fetch('/fetched')
        const xhr = new XMLHttpRequest()
        xhr.open('GET', '/requested')
        await new Promise(resolve => {
          xhr.onloadend = resolve
          xhr.send()
        })
        document.body.click()
        history.pushState({}, '', '/next')
        lokiBeacon.error('last')
      })
      assert.equal(await flush(host.page), true)
      const records = await stored(host.intake, 6)
      const messages = records.map(({ message }) => message)
      for (const message of ['logged', 'printed', 'Error: thrown', 'last'])
        assert.ok(messages.includes(message), message)
      const requests = records.filter(({ mechanism }) => mechanism === 'network')
      assert.deepEqual(requests.map(({ attributes }) => attributes!.path).sort(), ['/fetched', '/requested'])
      const stats = await statsOf(host.page)
      assert.ok(isBalanced(stats), JSON.stringify(stats))
      assert.deepEqual([stats.dropped, stats.persistence], [{}, 'indexeddb'])
      assert.match((await pageErrors(host.page)).join(), /^(Uncaught )?Error: thrown$/)
    })
  })
}

// What else is newer in the language itself the build makes older, and what is newer in its library is no type of the SDK's.
test('no expression looks behind, which Safari learned with 16.4', async () => {
  assert.doesNotMatch(await bundleOf('cdn'), /\(\?<[=!]/)
})
