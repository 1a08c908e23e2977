import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser } from 'puppeteer-core'
import { type StartedProcess, startProcess } from '../support/childProcess.ts'
import { freePorts } from '../support/freePorts.ts'
import { liveRows, openLive } from '../support/livePage.ts'
import { servePages } from '../support/pageServer.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { connectLoki } from '../support/realLoki.ts'
import { relayProgram } from '../support/relayCommand.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 30_000
const guide = readFileSync(join(import.meta.dirname, '../../docs/quick-start.md'), 'utf8')

let browser: Browser
before(async () => {
  browser = await launchPuppeteer('chromium')
})
after(() => browser.close())

test('who follows the quick start with a page of their own sees its error on the live page, and then in Loki', async t => {
  const [init = '', start = '', startWithLoki = ''] = commands()
  const [relayPort = 0, adminPort = 0] = await freePorts(2)
  const page = await servedLater()
  t.after(page.close)
  // The guide's ports may be in use on this machine.
  const here = (text: string) =>
    text
      .replaceAll('localhost:8080', `localhost:${relayPort}`)
      .replaceAll('http://localhost:8000', page.origin)
      .replaceAll('127.0.0.1:9464', `127.0.0.1:${adminPort}`)
  const shell = await newShell(t, { RELAY_PORT: String(relayPort), RELAY_ADMIN_PORT: String(adminPort) })

  const inited = await shell(`${here(init)} --public-url http://localhost:${relayPort}`)
  await waitFor(inited.ended, { timeoutMs, what: 'init' })
  const tag = /<script async .*<\/script>/.exec(inited.output())?.[0]
  assert.ok(tag, inited.output())
  const relay = await shell(here(start))
  await waitFor(() => /listening/.test(relay.output()), { timeoutMs, what: 'the relay' })

  const [html = ''] = blocks('html')
  const ofGuide = /<script async .*<\/script>/.exec(here(html))?.[0] ?? ''
  assert.equal(tag.replace(/pk_shop_\w+/, 'pk_shop_...'), ofGuide, 'the guide shows what init prints')
  page.html = here(html).replace(ofGuide, tag)
  const shop = await browser.newPage()
  await shop.goto(page.origin)
  await shop.waitForFunction(() => 'lokiBeacon' in globalThis)
  await shop.click('button')
  const [call = ''] = blocks('js')
  await shop.evaluate(call)
  const live = await openLive(t, browser, here(/http:\S+\/live\//.exec(guide)?.[0] ?? ''))
  const shows = async (what: string) => (await liveRows(live)).some(message => message.includes(what))
  await waitFor(() => shows('pay is not defined'), { timeoutMs, what: 'the error on the live page' })
  await waitFor(() => shows('checkout clicked'), { timeoutMs, what: 'the log on the live page' })
  await relay.kill('SIGINT')

  const loki = await connectLoki()
  const startMs = Date.now() - 120_000
  const again = await shell(startWithLoki.replace('http://localhost:3100', loki.url))
  const [logql = ''] = blocks('logql')
  const found = await waitFor(
    async () => {
      const entries = await loki.queryLog('default', logql.trim(), { startMs, endMs: Date.now() + 60_000 })
      return entries.some(({ line }) => /pay is not defined/.test(line))
    },
    { timeoutMs, everyMs: 300, what: 'the error in Loki' },
  )
  assert.ok(found)
  await again.kill('SIGINT')
})

/** Those of the relay, one after the other. */
function commands(): string[] {
  return blocks('sh')
    .flatMap(block => block.trim().split('\n'))
    .filter(line => line.includes('loki-beacon-relay') && !line.startsWith('npm'))
}

function blocks(language: string): string[] {
  return Array.from(guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')), ([, text = '']) => text)
}

/** A shell in an empty directory, where the relay is installed. */
async function newShell(t: TestContext, env: Record<string, string>) {
  const cwd = await tempDir(t)
  const bin = await tempDir(t)
  const installed = join(bin, 'loki-beacon-relay')
  writeFileSync(installed, `#!/bin/sh\nexec '${process.execPath}' '${relayProgram}' "$@"\n`)
  chmodSync(installed, 0o755)
  let shells = 0
  return async (command: string): Promise<StartedProcess> => {
    const shell = await startProcess('/bin/sh', ['-c', command.replace(/^((?:\w+=\S+ )*)/, '$1exec ')], {
      cwd,
      env: { ...env, PATH: `${bin}:${process.env.PATH}` },
      outputFile: join(bin, `output-${shells++}`),
    })
    t.after(() => shell.kill('SIGKILL'))
    return shell
  }
}

async function servedLater() {
  const served = {
    html: '',
    ...(await servePages((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(served.html)
    })),
  }
  return served
}
