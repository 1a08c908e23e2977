import { randomUUID } from 'node:crypto'
import type { WireHeader, WireRecord } from 'loki-beacon/wire'
import { Pool } from 'undici'

export const recordsPerBatch = 100
const inFlight = 16

const records = Array.from(
  { length: recordsPerBatch },
  (_, n): WireRecord => ({
    n,
    t: 0,
    kind: 'log',
    level: 'info',
    message: 'checkout clicked',
    attributes: {
      cart: n,
      sku: `A-${n}`,
      total: 12.5,
      member: true,
      coupon: 'SPRING',
      list: ['socks', 'shoes', 'scarf'],
    },
  }),
)

/** A batch as a page sends it: new id and times, the same content. */
export function makeBatch(): string {
  const page = randomUUID()
  const nowMs = Date.now()
  const header: WireHeader = {
    v: 1,
    batch: randomUUID(),
    sentAtMs: nowMs,
    clockOffsetMs: 0,
    sdk: 'bench/0',
    context: {
      app: 'shop',
      release: '1.4.2',
      environment: 'production',
      session: page,
      page,
      url: 'https://shop.example/cart',
      user: { id: 'u_42' },
      browser: 'Chrome 156',
      os: 'Linux',
    },
  }
  const lines = records.map((record, n) => JSON.stringify({ ...record, t: nowMs + n / 1000 }))
  return [JSON.stringify(header), ...lines].join('\n')
}

/** Sends the bodies over 16 connections, each with one request at a time; returns the time of each answer 202. */
export async function sendAll(origin: string, path: string, bodies: readonly string[]): Promise<number[]> {
  const pool = new Pool(origin, { connections: inFlight })
  const times: number[] = []
  let next = 0
  const worker = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]
      const startMs = performance.now()
      const response = await pool.request({
        method: 'POST',
        path,
        body,
        headers: { 'content-type': 'text/plain;charset=UTF-8' },
      })
      const answer = await response.body.text()
      if (response.statusCode !== 202) throw new Error(`POST ${path}: ${response.statusCode} ${answer}`)
      times.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await pool.close()
  return times
}
