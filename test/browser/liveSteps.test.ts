import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'puppeteer-core'
import { openLive, showsRows, showsText } from '../support/livePage.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

const origin = 'https://shop.example'
const waitMs = 20_000

describe('the live page of a real relay', () => {
  let browser: Browser
  before(async () => {
    browser = await launchPuppeteer('chromium')
  })
  after(() => browser.close())

  test('walks a newcomer from "no request yet" to the query that finds the record in Loki', async t => {
    const tenant = `live-${randomUUID()}`
    const relay = await startRelay({
      env: {
        RELAY_KEY: 'pk_shop',
        RELAY_ORIGINS: origin,
        SERVICE_NAME: 'shop',
        ENVIRONMENT: 'test',
        LOKI_TENANT_ID: tenant,
      },
    })
    t.after(() => relay.stop())
    const page = await openLive(t, browser, `${relay.adminUrl}/live/`)
    await showsText(
      page,
      '#empty',
      new RegExp(`No request yet[\\s\\S]*src="${relay.url}/sdk/v1/loki-beacon.js"`),
      waitMs,
    )

    assert.equal((await fetch(`${relay.url}/sdk/v1/loki-beacon.js`)).status, 200)
    await showsText(page, '#empty', /script was loaded, but nothing was sent yet/, waitMs)

    const post = async (change: { key?: string; origin?: string; body?: string }) => {
      const client = wireClient({ url: relay.url, key: 'pk_shop', origin, ...change })
      return (await client.post(change.body ? { body: change.body } : client.batch(1))).status
    }
    assert.equal(await post({ origin: 'http://localhost:5173' }), 403)
    await showsText(
      page,
      '#empty',
      /A page was refused[\s\S]*RELAY_ORIGINS=https:\/\/shop.example,http:\/\/localhost:5173/,
      waitMs,
    )
    assert.equal(await post({ key: 'pk_wrong' }), 401)
    await showsText(page, '#empty', /unknown_key with the key pk_wrong[\s\S]*data-key="pk_shop" {2}\(shop\)/, waitMs)
    assert.equal(await post({ body: 'no batch' }), 400)
    await showsText(page, '#empty', /invalid_batch[\s\S]*no batch of this protocol/, waitMs)

    assert.equal(await post({}), 202)
    await showsRows(page, ['record 0'])
    await page.click('#views [data-view=relay]')
    await showsText(
      page,
      '#relay-steps',
      /A page sends[\s\S]*1 record waits on disk[\s\S]*No Loki is configured[\s\S]*LOKI_ENDPOINT=/,
      waitMs,
    )

    await relay.restart({ LOKI_ENDPOINT: 'http://127.0.0.1:9' })
    await showsText(
      page,
      '#relay-steps',
      /Not stored in Loki: 127.0.0.1:9[\s\S]*Nothing listens[\s\S]*ECONNREFUSED[\s\S]*1 record waits/,
      waitMs,
    )

    const loki = await connectLoki()
    await relay.restart({ LOKI_ENDPOINT: loki.url })
    const stepText = await showsText(page, '#relay-steps', /Stored in Loki[\s\S]*1 record since[\s\S]*\| json/, waitMs)
    assert.match(stepText, new RegExp(`tenant ${tenant}`))
    const logql = /^\{.*\| json$/m.exec(stepText)![0]
    await waitFor(
      async () => {
        const found = await loki.queryLog(tenant, logql, { startMs: Date.now() - 600_000, endMs: Date.now() + 60_000 })
        return found.length === 1 && JSON.parse(found[0]!.line).message === 'record 0'
      },
      { timeoutMs: waitMs, what: `${logql} to find the record` },
    )
  })

  test('keeps its list when the relay is restarted, says so, and goes on', async t => {
    const relay = await startRelay({ env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: origin } })
    t.after(() => relay.stop())
    const client = wireClient({ url: relay.url, key: 'pk_shop', origin })
    const page = await openLive(t, browser, `${relay.adminUrl}/live/`)
    await client.deliver(client.batch(2))
    await showsRows(page, ['record 1', 'record 0'])
    await relay.restart()
    await showsText(page, '#rows .mark', /The relay was restarted/, waitMs)
    await client.deliver(client.batch(1))
    await waitFor(async () => (await page.$$('.row')).length === 3, { timeoutMs: waitMs, what: 'the next record' })
    await showsRows(page, ['record 2', 'record 1', 'record 0'])
    const order = await page.$$eval('#rows > li', rows => rows.map(row => row.className === 'mark'))
    assert.deepEqual(order, [false, true, false, false], 'the restart stands where it was')
    await page.type('#filter-text', '"number":2')
    await showsRows(page, ['record 2'])
  })
})
