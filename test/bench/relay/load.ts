import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { WireHeader, WireRecord } from 'loki-beacon/wire'
import { Pool } from 'undici'

export interface BatchShape {
  records: number
  gzip: boolean
}

const inFlight = 16

/** What a page logs; the peers of the relay log the same. */
export const message = 'checkout clicked'
export function attributesOf(n: number) {
  return {
    cart: n,
    sku: `A-${n}`,
    total: 12.5,
    member: true,
    coupon: 'SPRING',
    list: ['socks', 'shoes', 'scarf'],
  }
}

/** A batch as a page sends it: new id and times, the same content. */
export function makeBatch({ records, gzip }: BatchShape): Buffer {
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
  const lines = Array.from({ length: records }, (_, n): WireRecord => {
    return { n, t: nowMs + n / 1000, kind: 'log', level: 'info', message, attributes: attributesOf(n) }
  })
  const body = Buffer.from([header, ...lines].map(line => JSON.stringify(line)).join('\n'))
  return gzip ? gzipSync(body) : body
}

/** Sends the bodies over 16 connections, each with one request at a time; returns the time of each answer 202, in ms. */
export async function sendAll(origin: string, path: string, bodies: readonly Buffer[]): Promise<number[]> {
  const pool = new Pool(origin, { connections: inFlight })
  const times: number[] = []
  let next = 0
  const worker = async () => {
    while (next < bodies.length) {
      const startMs = performance.now()
      await post(pool, path, bodies[next++]!)
      times.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await pool.close()
  return times
}

/**
 * Sends the bodies at a steady pace, however long the answers take. The times count from the moment at which a request
 * was due, so that a stall is not hidden by the requests that it keeps from being sent.
 */
export async function sendEvery(
  intervalMs: number,
  origin: string,
  path: string,
  bodies: Iterable<Buffer>,
): Promise<number[]> {
  const pool = new Pool(origin, { connections: 4 * inFlight })
  const startMs = performance.now()
  const times: Promise<number>[] = []
  for (const body of bodies) {
    const dueMs = startMs + times.length * intervalMs
    const aheadMs = dueMs - performance.now()
    if (aheadMs > 0) await sleep(aheadMs)
    times.push(post(pool, path, body).then(() => performance.now() - dueMs))
  }
  const all = await Promise.all(times)
  await pool.close()
  return all
}

async function post(pool: Pool, path: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'text/plain;charset=UTF-8' }
  const response = await pool.request({ method: 'POST', path, body, headers })
  const answer = await response.body.text()
  if (response.statusCode !== 202) throw new Error(`POST ${path}: ${response.statusCode} ${answer}`)
}
