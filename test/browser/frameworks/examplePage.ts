import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Intake } from '../../support/intake.ts'
import { type PageServer, servePages } from '../../support/pageServer.ts'
import type { TestPage } from '../../support/testBrowser.ts'
import { waitFor } from '../../support/waitFor.ts'

/** What the page tells of itself. */
export interface PageReport {
  /** What reached `console.error`, each argument as a text. */
  printed: string[]
  /** What reached the page's own error listeners, and was not hidden from the console there. */
  uncaught: string[]
}

/** Runs before the example, as what a page has of its own. */
const observe = `<script>
window.report = { printed: [], uncaught: [] }
const print = console.error
console.error = (...args) => { report.printed.push(args.map(String).join(' ')); print(...args) }
addEventListener('error', event => event.defaultPrevented || report.uncaught.push(event.message))
</script>`

/** Serves an example at `/`, other scripts by their paths, and the intake (or a relay) below `/telemetry`. */
export function serveExample(
  script: string,
  target: Pick<Intake, 'url'>,
  others: Record<string, string> = {},
): Promise<PageServer> {
  const page = `<!doctype html><title>shop</title>${observe}<div id="app"></div><app-root></app-root><script type="module" src="/main.js"></script>`
  const scripts: Record<string, string> = { '/main.js': script, ...others }
  return servePages((incoming, response) => {
    const path = incoming.url ?? '/'
    if (path.startsWith('/telemetry/')) return passOn(incoming, response, target.url + path.slice('/telemetry'.length))
    const known = scripts[path]
    if (known === undefined && path !== '/') return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': known === undefined ? 'text/html' : 'text/javascript' })
    response.end(known ?? page)
  })
}

/**
 * In a task of the page's own. What a debugger runs in Firefox is none: a promise of zone.js that is settled there waits for
 * good, and all later ones behind it, whether or not there is an SDK in the page.
 */
export async function click(page: TestPage, text: string): Promise<void> {
  await waitFor(
    () =>
      page.evaluate(wanted => {
        const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent!.includes(wanted))
        setTimeout(() => button?.click())
        return button !== undefined
      }, text),
    { timeoutMs: 10_000, what: `a button ${text}` },
  )
}

/** Waits until the page shows that. */
export async function shows(page: TestPage, text: string): Promise<void> {
  await waitFor(() => page.evaluate(wanted => document.body.textContent!.includes(wanted), text), {
    timeoutMs: 10_000,
    what: `the page to show ${text}`,
  })
}

/** Sends what the page's logger has by now, in a task of the page's own too. */
export async function flushExample(page: TestPage): Promise<boolean> {
  await page.evaluate(() => {
    const loggers = Reflect.get(globalThis, Symbol.for('loki-beacon')) as Map<string, { flush(): Promise<boolean> }>
    Reflect.set(globalThis, 'flushed', undefined)
    setTimeout(async () => Reflect.set(globalThis, 'flushed', String(await loggers.get('pk_shop_web')!.flush())))
  })
  const flushed = await waitFor(() => page.evaluate(() => Reflect.get(globalThis, 'flushed') as string | undefined), {
    timeoutMs: 15_000,
    what: 'the end of flush()',
  })
  return flushed === 'true'
}

export function reportOf(page: TestPage): Promise<PageReport> {
  return page.evaluate(() => (globalThis as unknown as { report: PageReport }).report)
}

function passOn(incoming: IncomingMessage, response: ServerResponse, url: string): void {
  const outgoing = request(url, { method: incoming.method, headers: incoming.headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
}
