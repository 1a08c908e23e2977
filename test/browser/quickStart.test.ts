import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser } from 'puppeteer-core'
import { repositoryFiles } from '../package/repositoryFiles.ts'
import { type StartedProcess, startProcess } from '../support/childProcess.ts'
import { killTree } from '../support/killTree.ts'
import { liveRows, openLive } from '../support/livePage.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'

const repository = join(import.meta.dirname, '../..')
const minuteMs = 60_000
const limitMs = 5 * minuteMs

let browser: Browser
before(async () => {
  browser = await launchPuppeteer('chromium')
})
after(() => browser.close())

test('who follows the README sees the first error on the live page within five minutes of the clone', async t => {
  const startMs = performance.now()
  const clone = await cloned(t)
  const commands = firstCommandOf(readFileSync(join(clone, 'README.md'), 'utf8'))
  const shell = await startAsNewcomer(t, clone, commands)
  const text = await waitFor(
    () => (shell.ended() ? shell.output() : /Ctrl-C stops all/.test(shell.output()) && shell.output()),
    {
      timeoutMs: limitMs,
      everyMs: 250,
      what: `"${commands}" to print the addresses`,
    },
  ).catch(cause => {
    throw new Error(shell.output(), { cause })
  })

  const shop = await browser.newPage()
  await shop.goto(addressOf(text, 'Shop'))
  const button = await shop.waitForSelector('[data-try=uncaught]:not([disabled])')
  await button?.click()
  const live = await openLive(t, browser, addressOf(text, 'Live page'))
  await waitFor(async () => (await liveRows(live)).some(message => /Error/.test(message)), {
    timeoutMs: minuteMs,
    what: 'an error on the live page',
  })
  const tookMs = performance.now() - startMs
  t.diagnostic(`${(tookMs / 1000).toFixed(0)} s`)
  assert.ok(tookMs < limitMs, `${tookMs} ms`)
})

/** As `git clone` would make it, of what is to be committed. */
async function cloned(t: TestContext): Promise<string> {
  const folder = await tempDir(t)
  for (const file of repositoryFiles(repository)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    cpSync(join(repository, file), join(folder, file))
  }
  return folder
}

function firstCommandOf(readme: string): string {
  const command = /^```sh\n(.+)\n```$/m.exec(readme)?.[1]
  assert.ok(command, 'the README has no command')
  return command
}

/** With the machine's own Node and npm, and nothing that an npm of ours has set. How fast packages come is not ours to test, so its cache may be used. */
function startAsNewcomer(t: TestContext, cwd: string, command: string): Promise<StartedProcess> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|LOKI_|INIT_CWD$|NODE_)/i.test(name) || /^npm_config_(cache|registry|userconfig)$/i.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
  const env = {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    npm_config_prefer_offline: 'true',
    // The usual ones may be in use on this machine.
    DEMO_PORT: '0',
    RELAY_PORT: '0',
    RELAY_ADMIN_PORT: '0',
  }
  return run(t, cwd, command, env)
}

async function run(t: TestContext, cwd: string, command: string, env: NodeJS.ProcessEnv): Promise<StartedProcess> {
  const shell = await startProcess('/bin/sh', ['-c', command], {
    cwd,
    env,
    outputFile: join(await tempDir(t), 'output'),
  })
  t.after(() => {
    if (!shell.ended()) killTree(shell.pid)
  })
  return shell
}

function addressOf(output: string, name: string): string {
  const found = new RegExp(`${name} +(http://\\S+)`).exec(output)?.[1]
  assert.ok(found, `no address of the ${name}:\n${output}`)
  return found
}
