import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startProcess } from '../support/childProcess.ts'
import { freePorts, holdPort } from '../support/freePorts.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { startRelay } from '../support/relayProcess.ts'
import { runCaddy } from '../support/reverseProxies.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'
import { readYaml, repository } from './manifests.ts'

const [{ services }] = readYaml('deploy/compose.yaml')

for (const path of ['/', '/npm.html'])
  test(`the demo as compose has it, ${path}: Caddy with a certificate of its own, pages, relay; each record arrives`, async t => {
    const site = await holdPort()
    t.after(site.release)
    const origin = `https://localhost:${site.port}`
    const { LOKI_ENDPOINT: _, ...environment } = services.relay.environment
    const relay = await startRelay({ env: { ...environment, RELAY_ADMIN_HOST: '127.0.0.1', RELAY_ORIGINS: origin } })
    t.after(() => relay.stop())
    const [demoPort] = await freePorts(1)
    const demo = await startProcess(process.execPath, [join(repository, 'demo/serve.ts')], {
      env: { ...services.demo.environment, PORT: String(demoPort) },
      outputFile: join(await tempDir(t), 'demo.log'),
    })
    t.after(() => demo.kill('SIGKILL'))
    const siteUrl = `http://127.0.0.1:${demoPort}`
    await site.release()
    const caddy = await runCaddy(t, { relayUrl: relay.url, siteUrl, address: origin })

    const browser = await launchPuppeteer('chromium', { acceptInsecureCerts: true })
    t.after(() => browser.close())
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('console', message => message.type() === 'error' && problems.push(message.text()))
    const open = async () => (await page.goto(origin + path))?.ok()
    await waitFor(open, { timeoutMs: 30_000, what: 'the shop' }).catch(error => {
      throw new Error(`${caddy.output()}${demo.output()}`, { cause: error })
    })
    problems.length = 0
    await page.reload()
    const buy = await page.waitForSelector('.product button')
    await buy?.click()
    const pending = async () => (await relay.metrics()).get('loki_beacon_records_pending') ?? 0
    await waitFor(async () => (await pending()) > 0, { timeoutMs: 20_000, what: 'records in the relay' })
    assert.deepEqual(problems, [], 'such as what its policy forbids')

    assert.equal((await demo.kill('SIGTERM')).code, 0)
  })
