import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'
import { type PageServer, servePages } from '../../../support/pageServer.ts'
import type { TestPage } from '../../../support/testBrowser.ts'
import { waitFor } from '../../../support/waitFor.ts'

/** An error as an engine tells of it; addresses are those of the shop and its CDN. */
export interface FoundStack {
  type: string
  message: string
  stack: string
}

export interface StackPages {
  /** Makes errors of these kinds in the page (all without names) and returns them by kind. */
  collect(page: TestPage, script: StackScript, names?: readonly string[]): Promise<Record<string, FoundStack>>
  close(): Promise<void>
}

/** The same code as it is written, and as a bundler leaves it. */
export type StackScript = 'kinds.js' | 'kinds.min.js'

const source = readFileSync(new URL('kinds.js', import.meta.url), 'utf8')

const shop: Record<string, string> = {
  '/favicon.ico': '',
  '/assets/kinds.js': source,
  '/assets/module.js': '\nexport function inModule() {\n  throw new Error("module")\n}\ninModule()',
  '/assets/broken.js': 'let a = 1\nlet b = = 2',
  '/assets/worker.js':
    'function inWorker() {\n  try { throw new Error("worker") } catch ({ name, message, stack }) { postMessage({ name, message, stack }) }\n}\ninWorker()',
}

const cdn = {
  '/lib@1.2.3/foreign.js': '(function inForeign() {\n  throw new Error("foreign")\n})()',
  '/lib@1.2.3/callsBack.js': 'function callBack(work) {\n  work()\n}',
}

/** The line of `kinds.js` on which an error of that kind is made, from 1; 0 where it is none of it. */
export function lineOf(kind: string): number {
  return source.split('\n').findIndex(line => line.endsWith(`// ${kind}`)) + 1
}

const ofOtherScripts = [
  'sourceUrl',
  'blobScript',
  'dataScript',
  'foreignScript',
  'moduleScript',
  'syntaxError',
  'inlineScript',
  'inlineHandler',
  'worker',
]

/**
 * Kinds whose first frame with a place is not the line in `kinds.js`. A DOMException that a script made has a stack in
 * Firefox alone; V8 looks for the end of its stack where a function begins, and gives wasm an address of its own;
 * Firefox counts the constructor that nobody wrote.
 */
export const madeElsewhere: Record<string, readonly string[]> = {
  chromium: [...ofOtherScripts, 'madeDomException', 'recursion', 'wasm'],
  firefox: [...ofOtherScripts, 'ownClass'],
  webkit: [...ofOtherScripts, 'madeDomException'],
}

export async function startStackPages(): Promise<StackPages> {
  const { code } = await transform(source, { minify: true, target: 'es2020' })
  const foreign = await serveWithCors(cdn)
  const pageWith = (script: StackScript) => `<!doctype html><title>shop</title><body>
<script>foreign = '${foreign.origin}'</script>
<script src="/assets/${script}?token=secret#part"></script>`
  const pages = await servePages({
    ...shop,
    '/assets/kinds.min.js': code,
    '/kinds.js.html': pageWith('kinds.js'),
    '/kinds.min.js.html': pageWith('kinds.min.js'),
  })
  return {
    async collect(page, script, names) {
      await page.goto(`${pages.origin}/${script}.html?kinds=${names?.join() ?? ''}`)
      const found = await waitFor(
        () =>
          page.evaluate(() => {
            const { found } = globalThis as unknown as { found?: Record<string, FoundStack> }
            if (!found) throw new Error('not all are made yet')
            return found
          }),
        { timeoutMs: 30_000, what: 'the stacks' },
      )
      for (const kind of Object.keys(found)) {
        const stack = found[kind]!.stack ?? ''
        found[kind]!.stack = stack
          .replaceAll(pages.origin, 'https://shop.example')
          .replaceAll(foreign.origin, 'https://cdn.example')
      }
      return found
    },
    async close() {
      await pages.close()
      await foreign.close()
    },
  }
}

/** Another origin than the page's, whose scripts may be looked into. */
function serveWithCors(files: Record<string, string>): Promise<PageServer> {
  return servePages(
    Object.fromEntries(
      Object.entries(files).map(([path, body]) => [
        path,
        { body, headers: { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' } },
      ]),
    ),
  )
}
