import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { answerOf, batchOf, origin, recordOf } from '../api/sourceRelay.ts'
import { anyBody } from './anyBody.ts'
import { changed } from './anyBytes.ts'
import { corpus, fuzz } from './fuzz.ts'

const megabyte = 1024 * 1024
const maxGrowthMb = 150

describe('whatever is sent to a running relay', () => {
  let relay: RelayProcess
  let port: number
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  before(async () => {
    relay = await startRelay({ env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: origin } })
    port = Number(new URL(relay.url).port)
    for (let i = 0; i < 200; i++) await post(batchOf([recordOf(i)]))
  })
  after(async () => {
    agent.destroy()
    await relay?.stop()
  })

  test('as a body: it is answered 202 or refused with a code, never with a fault, and memory does not grow by it', async t => {
    await withinMemory(t, async () => {
      await fuzz(t, { share: 0.25 }, anyBody, async body => {
        const { status, json } = await post(body)
        assert.ok([202, 400, 413].includes(status), `${status} ${JSON.stringify(json)}`)
        if (status === 202) assert.equal(typeof json.accepted, 'number')
        else assert.match(json.error.code, /^(invalid_batch|too_large)$/)
      })
    })
  })

  const heads = changed(fc.constantFrom(...corpus('heads')).map(text => Buffer.from(text, 'latin1')))
  test('as headers: it is answered or cut off, never with a fault, and memory does not grow by it', async t => {
    await withinMemory(t, async () => {
      await fuzz(t, { share: 0.15, perRun: 10 }, fc.array(heads, { minLength: 10, maxLength: 10 }), async requests => {
        for (const statuses of await Promise.all(requests.map(sendRaw)))
          for (const status of statuses) assert.ok(status < 500 || status === 505, `${status}`)
      })
    })
  })

  /** After it, a healthy page is served as before. */
  async function withinMemory(t: { diagnostic(text: string): void }, work: () => Promise<void>): Promise<void> {
    const before = await residentBytes()
    await work()
    const grownMb = ((await residentBytes()) - before) / megabyte
    t.diagnostic(`${grownMb.toFixed(0)} MB more`)
    assert.ok(grownMb < maxGrowthMb, `grew by ${grownMb} MB`)
    const { status, json } = await post(batchOf([recordOf(1), recordOf(2)], { batch: crypto.randomUUID() }))
    assert.deepEqual([status, json.accepted], [202, 2])
    const metrics = await relay.metrics()
    for (const [name, value] of metrics) if (/requests_total.*status="5/.test(name)) assert.equal(value, 0, name)
    assert.doesNotMatch(relay.output(), /"level":"(error|fatal)"/)
  }

  function post(body: Buffer | string) {
    const headers = { origin, 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${relay.url}/v1/i/pk_shop`, { method: 'POST', headers, agent })
    return answerOf(outgoing, sent => sent.end(body))
  }

  /** The statuses of all answers; a connection that stays open fails. */
  function sendRaw(bytes: Buffer): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(bytes))
      let text = ''
      const timer = setTimeout(() => {
        socket.destroy()
        reject(new Error(`left open: ${JSON.stringify(bytes.toString('latin1'))}`))
      }, 20_000)
      socket.on('data', chunk => {
        text += chunk.toString('latin1')
      })
      socket.on('error', () => undefined)
      socket.on('close', () => {
        clearTimeout(timer)
        resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1])))
      })
    })
  }

  async function residentBytes(): Promise<number> {
    return (await relay.metrics()).get('process_resident_memory_bytes')!
  }
})
