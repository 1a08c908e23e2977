import assert from 'node:assert/strict'
import { type ClientRequest, request } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { answerOf, batchOf, origin, recordOf, send, startSourceRelay } from './sourceRelay.ts'

const yaml = `
limits: { maxInFlightBytes: 4MiB }
apps: [{ name: blog, keys: [pk_blog], origins: ['${origin}'] }]`
const batchOf300Kb = () => batchOf([1, 2].map(n => recordOf(n, { message: 'x'.repeat(150_000) })))

test('bodies of one app that never end fill its share of the memory, and another app is served', async t => {
  const relay = await startSourceRelay(t, {}, yaml)
  const stalled: ClientRequest[] = []
  t.after(() => closeAll())
  for (let i = 0; i < 3; i++) assert.equal(await stall(), 'waits')
  assert.equal(await stall(), '503 overloaded')
  assert.equal((await send(relay, { path: '/v1/i/pk_blog', body: batchOf300Kb() })).status, 202)

  closeAll()
  const after = () => send(relay, { body: batchOf300Kb() })
  await waitFor(async () => (await after()).status === 202, { timeoutMs: 5000, what: 'room after they are gone' })

  /** Sends 1 MB of 1.5 MB, and then nothing. */
  async function stall(): Promise<string> {
    const headers = { origin, 'content-length': 1_500_000 }
    const outgoing = request(`${relay.url}/v1/i/pk_shop`, { method: 'POST', headers, agent: false })
    stalled.push(outgoing)
    const answer = answerOf(outgoing, () => outgoing.write('x'.repeat(1_000_000)))
    const said = answer.then(({ status, json }) => `${status} ${json.error.code}`)
    return Promise.race([said.catch(() => 'closed'), sleep(300, 'waits')])
  }

  function closeAll(): void {
    for (const outgoing of stalled) outgoing.destroy()
  }
})

test('a body that is the only one of its app may take all', async t => {
  const relay = await startSourceRelay(t, {}, yaml.replace('4MiB', '1MiB'))
  const records = Array.from({ length: 10 }, (_, n) => recordOf(n, { message: 'x'.repeat(95_000) }))
  for (const path of ['/v1/i/pk_shop', '/v1/i/pk_blog'])
    assert.equal((await send(relay, { path, body: batchOf(records) })).status, 202)
})
