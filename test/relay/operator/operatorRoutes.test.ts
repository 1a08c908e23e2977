import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { startOperatedRelay } from './operatedRelay.ts'

describe('the operator commands on the admin port', () => {
  test('a page is refused, also one under a name made to resolve to this machine; nothing is shown or deleted', async t => {
    const { relay, log, settled, metric } = await startOperatedRelay(t)
    await log('bad 1')
    await settled(1)
    const [, id] = /"id":(\d+)/.exec((await ask(relay.adminUrl, 'list', { after: 0, limit: 10 })).text) ?? []
    const origin = 'http://rebound.example:9464'
    for (const [operation, body] of [
      ['report', {}],
      ['list', { after: 0, limit: 10 }],
      ['show', { id: Number(id) }],
      ['retry', { ids: [Number(id)] }],
      ['purge', { ids: [Number(id)] }],
    ] as const) {
      const posted = await ask(relay.adminUrl, operation, body, { origin, host: 'rebound.example:9464' })
      assert.equal(posted.status, 403, operation)
      assert.match(posted.text, /origin_not_allowed/)
      // The one request that browsers make without telling an origin.
      assert.equal((await ask(relay.adminUrl, operation, undefined, {}, 'GET')).status, 404)
    }
    assert.equal(await metric('spool_quarantined_records'), 1)
  })

  test('who comes through a proxy on the machine is not on the machine', async t => {
    const { relay } = await startOperatedRelay(t)
    assert.equal((await ask(relay.adminUrl, 'report', {})).status, 200)
    for (const header of ['x-forwarded-for', 'forwarded', 'via'])
      assert.equal((await ask(relay.adminUrl, 'report', {}, { [header]: '203.0.113.9' })).status, 404)
  })

  test('it takes what the commands send, and of that no more than a step holds', async t => {
    const { relay } = await startOperatedRelay(t)
    const tooMany = Array.from({ length: 1001 }, (_, i) => i + 1)
    for (const [operation, body] of [
      ['purge', {}],
      ['purge', { ids: ['1'] }],
      ['purge', { ids: [1.5] }],
      ['purge', { ids: [-1] }],
      ['purge', { ids: [1], all: true }],
      ['purge', { ids: tooMany }],
      ['list', { after: 0, limit: 1_000_000 }],
      ['show', { id: null }],
    ] as const)
      assert.equal((await ask(relay.adminUrl, operation, body)).status, 400, JSON.stringify(body).slice(0, 80))
    assert.equal((await ask(relay.adminUrl, 'purge', { ids: [1], pad: 'x'.repeat(100_000) })).status, 413)
    assert.equal((await ask(relay.adminUrl, 'drop', {})).status, 404)
  })
})

/** As fetch would not: with any Host and Origin. */
function ask(
  adminUrl: string,
  operation: string,
  body: object | undefined,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { 'content-type': 'application/json', ...headers } }
    const call = request(`${adminUrl}/operator/${operation}`, options, async response => {
      const text = (await response.setEncoding('utf8').toArray()).join('')
      resolve({ status: response.statusCode ?? 0, text })
    })
    call.on('error', reject)
    call.end(body && JSON.stringify(body))
  })
}
