import type { BrowserEngine } from '../../support/browsers.ts'
import type { TestPage } from '../../support/testBrowser.ts'
import type { Home } from './home.ts'
import type { Ledger } from './ledger.ts'
import { lookAt, pretendVisibility } from './page.ts'

export interface Tab {
  page: TestPage
  /** All pages with the SDK that it has shown, by their `visit`; the last is the one that was there most recently. */
  visits: string[]
  /** Whether the page with the SDK is the one it shows. */
  isInShop: boolean
}

/** The tabs of one run. */
export interface Tabs {
  /** In the shop, opened where there is none. */
  shopping(number: number): Promise<Tab>
  /** Undefined where there is none that shows the shop. */
  find(number: number): Tab | undefined
  all(): Tab[]
  open(): Promise<Tab>
  enter(tab: Tab): Promise<void>
  leave(tab: Tab): Promise<void>
  back(tab: Tab): Promise<void>
  close(tab: Tab): Promise<void>
  hide(tab: Tab): Promise<void>
  show(tab: Tab): Promise<void>
  kill(tab: Tab): Promise<void>
}

interface TabsOptions {
  engine: BrowserEngine
  home: Home
  ledger: Ledger
  shop: string
  elsewhere: string
}

export function createTabs({ engine, home, ledger, shop, elsewhere }: TabsOptions): Tabs {
  let tabs: Tab[] = []
  let curtain: TestPage | undefined

  async function open(): Promise<Tab> {
    const tab: Tab = { page: await home.newPage(), visits: [], isInShop: false }
    tabs.push(tab)
    await enter(tab)
    return tab
  }

  async function enter(tab: Tab): Promise<void> {
    await tab.page.goto(shop)
    await arrive(tab)
  }

  /** A page that comes back out of the back/forward cache is one that was there before. */
  async function arrive(tab: Tab): Promise<void> {
    const seen = await lookAt(tab.page)
    tab.isInShop = seen !== undefined
    if (!seen) return
    tab.visits = [...tab.visits.filter(visit => visit !== seen.visit), seen.visit]
    ledger.assertBalance(seen.visit, seen.stats)
  }

  const find = (number: number): Tab | undefined => tabs[number % tabs.length]

  return {
    all: () => [...tabs],
    find,
    open,
    enter,
    async shopping(number) {
      const tab = find(number)
      if (!tab) return open()
      if (!tab.isInShop) await enter(tab)
      return tab
    },
    async leave(tab) {
      if (!tab.isInShop) return
      tab.isInShop = false
      await tab.page.goto(elsewhere)
    },
    async back(tab) {
      if (tab.isInShop) return
      await tab.page.goBack()
      await arrive(tab)
    },
    async close(tab) {
      tabs = tabs.filter(other => other !== tab)
      await tab.page.close()
    },
    async hide(tab) {
      // Under its driver WebKit has windows and no tabs, none of them before another.
      if (engine === 'webkit') return tab.isInShop ? pretendVisibility(tab.page, 'hidden') : undefined
      curtain ??= await home.newPage()
      await curtain.bringToFront()
    },
    async show(tab) {
      if (engine === 'webkit') return tab.isInShop ? pretendVisibility(tab.page, 'visible') : undefined
      await tab.page.bringToFront()
    },
    async kill(tab) {
      const isDead = await home.kill(tab.page)
      tabs = tabs.filter(({ page }) => !isDead(page))
      if (curtain && isDead(curtain)) curtain = undefined
    },
  }
}
