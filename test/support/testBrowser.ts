import type { EvaluateFunc } from 'puppeteer-core'

/**
 * The part of a browser that every engine can be asked for. Puppeteer's classes have it as they are; WebKit gets it
 * over WebDriver. What is not in here, such as scripts that run before the page's own, the tests bring about by what
 * they serve.
 */
export interface TestBrowser {
  newPage(): Promise<TestPage>
  /** Storage of its own, empty at first. */
  createBrowserContext(): Promise<TestBrowserContext>
  close(): Promise<void>
}

export interface TestBrowserContext {
  newPage(): Promise<TestPage>
  /** Closes its pages and forgets what they stored. */
  close(): Promise<void>
}

export interface TestFrame {
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<unknown>
  /** Runs the function, without its closure, or the expression in the page; arguments and result go as JSON. */
  evaluate<Params extends unknown[], Func extends EvaluateFunc<Params> = EvaluateFunc<Params>>(
    script: Func | string,
    ...args: Params
  ): Promise<Awaited<ReturnType<Func>>>
}

export interface TestPage extends TestFrame {
  browserContext(): TestBrowserContext
  bringToFront(): Promise<void>
  /** The first frame within the page. */
  $(selector: 'iframe'): Promise<{ contentFrame(): Promise<TestFrame> } | null>
  goBack(): Promise<unknown>
  close(): Promise<void>
}
