import { setTimeout as sleep } from 'node:timers/promises'
import type { WireAccepted, WireHeader, WireRecord } from 'loki-beacon/wire'

/** A page as the relay sees it, without a browser: writes batches of wire version 1 and sends them until they are accepted. */
export interface WireClient {
  page: string
  /** The next `count` records of this page as one batch. */
  batch(count: number, change?: (record: WireRecord, header: WireHeader) => void): WireBatch
  /** `pauseMs`: between both halves of the body, as over a bad line. */
  post(batch: Pick<WireBatch, 'body'>, options?: { signal?: AbortSignal; pauseMs?: number }): Promise<Response>
  /** Sends again, with the same id and the same bytes, until the relay answers 202. */
  deliver(batch: WireBatch, limits?: { everyMs?: number; timeoutMs?: number }): Promise<WireAccepted>
}

export interface WireBatch {
  id: string
  body: string
  recordIds: string[]
}

export function wireClient(options: { url: string; key: string; origin?: string; page?: string }): WireClient {
  const page = options.page ?? crypto.randomUUID()
  let n = 0
  return {
    page,
    batch(count, change) {
      const id = crypto.randomUUID()
      const header: WireHeader = {
        v: 1,
        batch: id,
        sentAtMs: Date.now(),
        sdk: 'wire-client/0',
        context: { app: 'shop', release: '1.4.2', session: `session-${page}`, page, url: 'https://shop.example/cart' },
      }
      const records = Array.from({ length: count }, (): WireRecord => {
        const number = n++
        return {
          n: number,
          t: Date.now(),
          kind: 'log',
          level: 'info',
          message: `record ${number}`,
          attributes: { number },
        }
      })
      for (const record of records) change?.(record, header)
      return {
        id,
        body: [header, ...records].map(line => JSON.stringify(line)).join('\n'),
        recordIds: records.map(record => `${page}-${record.n}`),
      }
    },
    post({ body }, { signal, pauseMs } = {}) {
      return fetch(`${options.url}/v1/i/${options.key}`, {
        method: 'POST',
        ...(pauseMs === undefined ? { body } : { body: inHalves(body, pauseMs), duplex: 'half' }),
        signal,
        headers: { 'content-type': 'text/plain;charset=UTF-8', ...(options.origin && { origin: options.origin }) },
      })
    },
    async deliver(batch, { everyMs = 100, timeoutMs = 60_000 } = {}) {
      const deadline = Date.now() + timeoutMs
      for (;;) {
        try {
          const response = await this.post(batch)
          if (response.status === 202) return (await response.json()) as WireAccepted
          await response.body?.cancel()
          if (response.status < 429) throw new RefusedError(`batch refused with ${response.status}`)
        } catch (error) {
          if (error instanceof RefusedError || Date.now() > deadline) throw error
        }
        await sleep(everyMs)
      }
    },
  }
}

function inHalves(body: string, pauseMs: number): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(body)
  const middle = bytes.byteLength >> 1
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, middle))
      await sleep(pauseMs)
      controller.enqueue(bytes.subarray(middle))
      controller.close()
    },
  })
}

class RefusedError extends Error {}
