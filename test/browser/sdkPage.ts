import { build } from 'esbuild'
import { allPlugins } from '../../sdk/src/capture/allPlugins.ts'
import type { CaptureOptions, InitOptions, Logger, Stats } from '../../sdk/src/index.ts'
import type { Intake } from '../support/intake.ts'
import { type PageServer, type ServedPage, servePages } from '../support/pageServer.ts'
import type { TestFrame, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'

/** What test code sees when it runs in a page. */
export interface SdkGlobals {
  lokiBeacon: Logger & { init(options: InitOptions): Logger }
}

/** Every engine can tell of errors from within the page; from outside only some can. */
const noteErrors = `<script>
window.pageErrors = []
addEventListener('error', event => pageErrors.push(event.message))
addEventListener('unhandledrejection', event => pageErrors.push(String(event.reason)))
</script>`

/** For `capture`: errors and rejections, and nothing that would add to the records that a test counts. */
export const errorsOnly: CaptureOptions = Object.fromEntries(allPlugins.map(({ name }) => [name, false]))

/** For `capture`: all that there is, whatever the default. */
export const everything: CaptureOptions = Object.fromEntries(allPlugins.map(({ name }) => [name, true]))

const bundles = new Map<string, Promise<string>>()

/** The script-tag bundle or the inline loader, made as they are for release but for the minifying. */
export function bundleOf(entry: 'cdn' | 'loader'): Promise<string> {
  const known = bundles.get(entry)
  if (known) return known
  const made = build({
    entryPoints: [new URL(`../../sdk/src/${entry}.ts`, import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    target: ['chrome80', 'firefox78', 'safari14.1'],
  }).then(result => result.outputFiles[0]!.text)
  bundles.set(entry, made)
  return made
}

/** Serves `/sdk/loki-beacon.js` and these pages; `{cdn}` in a page becomes the tag without its attributes' end. */
export async function serveSdkPages(pages: Record<string, string | ServedPage>): Promise<PageServer> {
  const loader = await bundleOf('loader')
  const made: Record<string, string | ServedPage> = { '/sdk/loki-beacon.js': await bundleOf('cdn'), '/favicon.ico': '' }
  for (const [path, page] of Object.entries(pages)) {
    const { body, headers } = typeof page === 'string' ? { body: page, headers: {} } : page
    const whole = body.replaceAll('{loader}', () => `<script>${loader}</script>`)
    made[path] = { body: `<!doctype html><title>shop</title>${noteErrors}${whole}`, headers }
  }
  return servePages(made)
}

/** A script tag that loads the SDK and sends to that intake; without other attributes it captures errors alone. */
export function sdkTag(intake: Intake, attributes = ''): string {
  const capture = attributes.includes('data-capture') ? '' : 'data-capture="errors,rejections"'
  return `<script src="/sdk/loki-beacon.js" data-key="pk_shop_web" data-url="${intake.url}" ${capture} ${attributes}></script>`
}

export function statsOf(page: TestPage | TestFrame): Promise<Stats> {
  return page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.stats())
}

/** What nobody caught in the page, so far. */
export function pageErrors(page: TestPage | TestFrame): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { pageErrors: string[] }).pageErrors)
}

export function flush(page: TestPage | TestFrame): Promise<boolean> {
  return page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.flush())
}

/** Waits until that many records are stored. */
export async function stored(intake: Intake, count: number): Promise<Intake['stored']> {
  await waitFor(() => intake.stored.length >= count, { timeoutMs: 15_000, what: `${count} stored records` })
  return intake.stored
}

/** True where every record that was created is delivered, dropped or pending. */
export function isBalanced({ created, delivered, dropped, pending }: Stats): boolean {
  return created === delivered + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)
}
