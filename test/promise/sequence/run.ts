import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stats } from '../../../sdk/src/index.ts'
import type { Level } from '../../../sdk/src/wire.ts'
import { flush, statsOf } from '../../browser/sdkPage.ts'
import type { BrowserEngine } from '../../support/browsers.ts'
import { rowCount } from '../../support/deliveryPage.ts'
import { waitFor } from '../../support/waitFor.ts'
import type { Home } from './home.ts'
import { createLedger, type Entry } from './ledger.ts'
import type { Operation, Scenario } from './operations.ts'
import { logTo, lookAt, shopAddress, throwIn } from './page.ts'
import { createTabs, type Tab } from './tabs.ts'
import { appKey, type Upstream } from './upstream.ts'

const timeoutMs = 20_000
const bufferBytes = { large: 100_000_000, small: 40_000 }

/** A record is in memory only for half a second, an error for a moment; the rest is for a machine that is busy. */
const unsafeMs = (level: Level) => (level === 'error' ? 300 : 1200)
/** So many records fit a beacon, whatever their size. */
const beaconRecords = 50

/** Does what the scenario says, makes all well again, and holds what must be true then and at each step before. */
export async function runScenario(
  { buffer, limitBytes, operations }: Scenario,
  { engine, home, upstream, origin }: { engine: BrowserEngine; home: Home; upstream: Upstream; origin: string },
): Promise<void> {
  const ledger = createLedger()
  const options = { url: upstream.url, key: appKey, buffer: { maxBytes: bufferBytes[buffer] } }
  const tabs = createTabs({ engine, home, ledger, shop: shopAddress(origin, options), elsewhere: `${origin}/other` })
  let hadTrouble = limitBytes !== undefined

  for (const operation of operations) {
    await perform(operation)
    for (const tab of tabs.all()) await look(tab)
  }
  await upstream.heal()
  for (const tab of tabs.all()) await finish(tab)
  await settle()

  async function perform(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'log': {
        const { level, count, padChars } = operation
        return log(operation.tab, level, count, (tab, first) => logTo(tab.page, first, count, level, padChars))
      }
      case 'throw':
        return log(operation.tab, 'error', 1, (tab, first) => throwIn(tab.page, first))
      case 'flush':
        return void (await flush((await tabs.shopping(operation.tab)).page))
      case 'open':
        return void (await tabs.open())
      case 'wait':
        return void (await sleep(operation.ms))
      case 'kill':
        return kill(operation)
      case 'down':
        hadTrouble = true
        return upstream.down(operation.signal)
      case 'up':
        return upstream.up()
      case 'restart':
        hadTrouble = true
        await upstream.down(operation.signal)
        return upstream.up()
      case 'fault':
        hadTrouble = true
        return upstream.fail(operation.fault, operation.times)
      default: {
        const tab = tabs.find(operation.tab)
        if (!tab) return
        if (operation.do === 'leave' || operation.do === 'close') await excuseLeaving(tab, operation.do)
        return tabs[operation.do](tab)
      }
    }
  }

  async function log(number: number, level: Level, count: number, call: (tab: Tab, first: number) => Promise<void>) {
    const tab = await tabs.shopping(number)
    const visit = tab.visits.at(-1)!
    await call(tab, ledger.add(visit, count, level))
    ledger.taken(visit)
  }

  async function kill({ tab: number, afterMs }: { tab: number; afterMs: number }): Promise<void> {
    const tab = tabs.find(number)
    if (!tab) return
    await sleep(afterMs)
    const atMs = Date.now()
    const before = tabs.all()
    await tabs.kill(tab)
    const dead = before.filter(other => !tabs.all().includes(other))
    for (const { visits } of dead) ledger.excuse(visits, 'killed', atMs, unsafeMs)
  }

  /**
   * What is still being written when a page is left may not get there, nor may a beacon.
   * And Firefox often tells a page nothing of being closed by its driver, which is then as good as killed.
   */
  async function excuseLeaving(tab: Tab, how: 'leave' | 'close'): Promise<void> {
    if (!tab.isInShop) return
    const { pending } = await statsOf(tab.page)
    const isKilled = engine === 'firefox' && how === 'close'
    if (hadTrouble || isKilled || pending > beaconRecords) ledger.excuse(tab.visits, how, Date.now(), unsafeMs)
  }

  async function look(tab: Tab): Promise<void> {
    const seen = tab.isInShop && (await lookAt(tab.page))
    if (!seen) return
    ledger.assertBalance(seen.visit, seen.stats)
    if (buffer === 'large') assert.deepEqual(seen.stats.dropped, {})
  }

  /** All of a page is delivered, but where the relay has refused its key: then by the next one. */
  async function finish(tab: Tab): Promise<void> {
    await tabs.show(tab)
    if (!tab.isInShop) return
    await waitFor(async () => (await flush(tab.page)) || (await statsOf(tab.page)).lastError?.code === 'unknown_key', {
      timeoutMs,
      what: 'all to be delivered',
    })
    await look(tab)
    // A page that comes now would take rows that are about to go for leftovers, and trim them to the small buffer.
    if (buffer === 'small') await noRows(tab)
    if ((await statsOf(tab.page)).lastError?.code !== 'unknown_key') return
    await sleep(unsafeMs('info'))
    await tabs.enter(tab)
  }

  async function settle(): Promise<void> {
    const last = await tabs.open()
    // The next batch of a page is what tells the relay of its drops.
    for (const tab of tabs.all()) {
      if (!tab.isInShop) continue
      await tabs.show(tab)
      await log(tabs.all().indexOf(tab), 'info', 1, (_, first) => logTo(tab.page, first, 1, 'info', 0))
      await waitFor(() => flush(tab.page), { timeoutMs, what: 'the last records to be delivered' })
    }
    await noRows(last).catch(async () => {
      // Too large, and too young to be split by another page than its own: the visit after that does it.
      await tabs.enter(last)
      await noRows(last)
    })
    if (buffer === 'large') await waitUntilStored()
    const stored = await upstream.stored()
    ledger.assertOnce(stored)
    const missing = ledger.missing(stored)
    if (buffer === 'large') {
      assert.ok(missing.length === 0, `lost: ${describeMissing(missing)}`)
      assert.equal(upstream.told(), 0, 'told of drops')
      return
    }
    const dropped = droppedOf(await Promise.all(tabs.all().map(({ page }) => statsOf(page))))
    const figures = `${missing.length} missing, ${dropped} dropped, ${upstream.told()} told, ${upstream.ambiguous()} ambiguous`
    assert.ok(missing.length <= dropped && dropped - missing.length <= upstream.ambiguous(), figures)
    assert.ok(dropped <= upstream.told() && upstream.told() - dropped <= upstream.ambiguous(), figures)
  }

  /** What is on the device no more is on its way to Loki, if it is the relay that has it. */
  async function waitUntilStored(): Promise<void> {
    await waitFor(async () => ledger.missing(await upstream.stored()).length === 0, {
      timeoutMs,
      everyMs: 200,
      what: 'all to be stored',
    }).catch(() => {})
  }
}

function noRows({ page }: Tab): Promise<unknown> {
  return waitFor(async () => (await rowCount(page)) === 0, { timeoutMs: 12_000, what: 'no rows on the device' })
}

function droppedOf(all: readonly Stats[]): number {
  return all.flatMap(({ dropped }) => Object.values(dropped)).reduce((sum, count) => sum + count, 0)
}

function describeMissing(missing: readonly Entry[]): string {
  const byTime = Map.groupBy(missing, ({ atMs }) => atMs)
  return [...byTime.values()]
    .map(entries => `#${entries[0]?.id} to #${entries.at(-1)?.id} (${entries[0]?.level})`)
    .join(', ')
}
