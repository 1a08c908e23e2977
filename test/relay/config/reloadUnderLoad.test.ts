import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { Agent, type ClientRequest, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { wireClient } from '../../support/wireClient.ts'
import { appWith, type ReloadedRelay, reloaded, startReloadedRelay } from './reloadedRelay.ts'

const swaps = process.env.LONG ? 60 : 8
const workers = 300

interface Answer {
  key: string
  status: number | string
  startMs: number
  endMs: number
}

/** From `fromMs` to `toMs` nobody can say which of the two keys is the right one; afterwards `key` is. */
interface Swap {
  key: string
  fromMs: number
  toMs: number
}

test('while keys are swapped back and forth under load each request is answered as its key deserves, and none is cut', async t => {
  const started = await startReloadedRelay(t, appWith(['pk_always', 'pk_even']))
  const clients = ['pk_always', 'pk_even', 'pk_odd'].map(key => ({ key, ...wireClient({ url: '', key }) }))
  const agent = keepAliveAgent(t)
  const swapped: Swap[] = [{ key: 'pk_even', fromMs: 0, toMs: performance.now() }]
  const answers: Answer[] = []
  let over = false
  t.after(() => {
    over = true
  })
  const load = Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let i = worker; !over; i++) {
        const { key, batch } = clients[i % clients.length]!
        const startMs = performance.now()
        const outgoing = open(started, key, agent)
        const status = statusOf(outgoing)
        outgoing.end(batch(2).body)
        answers.push({ key, startMs, status: await status, endMs: performance.now() })
      }
    }),
  )
  for (let i = 1; i <= swaps; i++) {
    await pause(150)
    const key = i % 2 ? 'pk_odd' : 'pk_even'
    const fromMs = performance.now()
    await swapKeys(started, ['pk_always', key], i)
    swapped.push({ key, fromMs, toMs: performance.now() })
  }
  await pause(150)
  over = true
  await load

  const wrong = answers.filter(answer => !deserved(answer, swapped).includes(answer.status))
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${answers.length} answers`)
  for (const status of [202, 401]) {
    const ofSwapped = answers.filter(answer => answer.key !== 'pk_always' && answer.status === status)
    assert.ok(ofSwapped.length > workers, `${ofSwapped.length} times ${status}`)
  }
  const metrics = await started.relay.metrics()
  const accepted = answers.filter(({ status }) => status === 202).length * 2
  assert.equal(metrics.get('loki_beacon_records_received_total{source="page"}'), accepted)
  assert.equal(metrics.get('loki_beacon_records_pending'), accepted)
})

test('requests whose body is on its way when their key is taken away are stored all the same', async t => {
  const started = await startReloadedRelay(t, appWith(['pk_old'], 'limits: { maxRecords: 100 }\n'))
  const agent = keepAliveAgent(t)
  const client = wireClient({ url: '', key: '' })
  const underWay = Array.from({ length: 200 }, () => {
    const { body } = client.batch(20)
    const outgoing = open(started, 'pk_old', agent)
    outgoing.write(body.slice(0, 500))
    return { outgoing, status: statusOf(outgoing), rest: body.slice(500) }
  })
  // An answered request came after them, so that they are under way by then.
  await pause(500)
  const early = open(started, 'pk_old', agent)
  early.end(client.batch(1).body)
  assert.equal(await statusOf(early), 202)

  const fewer = 'limits: { maxRecords: 10 }\n'
  await swapKeys(started, ['pk_new'], 1, fewer)
  await swapKeys(started, ['pk_new', 'pk_newer'], 2, fewer)
  const late = open(started, 'pk_old', agent)
  late.end(client.batch(1).body)
  assert.equal(await statusOf(late), 401)
  for (const { outgoing, rest } of underWay) outgoing.end(rest)
  const statuses = await Promise.all(underWay.map(({ status }) => status))
  assert.deepEqual(Map.groupBy(statuses, status => status).get(202)?.length, underWay.length)
  assert.equal((await started.relay.metrics()).get('loki_beacon_records_pending'), 200 * 20 + 1)
})

/** As editors do it, and at once by the signal. */
async function swapKeys(
  { file, signal, said }: ReloadedRelay,
  keys: string[],
  count: number,
  more = '',
): Promise<void> {
  await writeFile(`${file}.new`, appWith(keys, more))
  await rename(`${file}.new`, file)
  signal()
  await said(reloaded, count, 'SIGHUP')
}

function deserved({ key, startMs, endMs }: Answer, swaps: readonly Swap[]): (number | string)[] {
  if (key === 'pk_always') return [202]
  if (swaps.some(({ fromMs, toMs }) => fromMs < endMs && toMs > startMs)) return [202, 401]
  const last = swaps.findLast(({ toMs }) => toMs <= startMs)
  return [last?.key === key ? 202 : 401]
}

function keepAliveAgent(t: TestContext): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: workers + 10 })
  t.after(() => agent.destroy())
  return agent
}

function open({ relay }: ReloadedRelay, key: string, agent: Agent): ClientRequest {
  return request(`${relay.url}/v1/i/${key}`, { method: 'POST', agent })
}

/** The status of the answer once it is complete, or how the connection ended. */
function statusOf(outgoing: ClientRequest): Promise<number | string> {
  return new Promise(resolve => {
    outgoing.on('error', error => resolve(error.message))
    outgoing.on('response', response => {
      response.on('error', error => resolve(error.message))
      response.on('end', () => resolve(response.statusCode ?? 0)).resume()
    })
  })
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
