import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { waitFor } from './waitFor.ts'

const timeoutMs = 10_000

/** The live page in a tab of its own, closed after the test. */
export async function openLive(t: TestContext, browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  t.after(() => page.close())
  await page.setViewport({ width: 1280, height: 800 })
  await page.goto(url)
  return page
}

/** The messages in the tail, the newest first. */
export function liveRows(page: Page): Promise<string[]> {
  return page.$$eval('.row .message', messages => messages.map(message => message.textContent))
}

export async function showsRows(page: Page, expected: string[]): Promise<void> {
  let last: string[] = []
  await waitFor(
    async () => {
      last = await liveRows(page)
      return last.join() === expected.join()
    },
    { timeoutMs, what: `rows ${expected}` },
  ).catch(error => assert.deepEqual(last, expected, error))
}

/** Waits until what stands below `selector` fits, and returns it. */
export async function showsText(page: Page, selector: string, words: RegExp, waitMs = timeoutMs): Promise<string> {
  let last = ''
  await waitFor(
    async () => {
      // biome-ignore lint/performance/useDomNodeTextContent: what one can see, with its spaces
      last = await page.$eval(selector, node => (node as HTMLElement).innerText)
      return words.test(last)
    },
    { timeoutMs: waitMs, what: `${words} in ${selector}` },
  ).catch(() => assert.match(last, words))
  return last
}
