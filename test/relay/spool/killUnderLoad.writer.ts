import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { SpoolEngine } from './conformance.ts'
import { digestOf, idOf } from './killUnderLoad.ts'

// The process that killUnderLoad.ts kills. It says `stored` only after the append resolved,
// and `leased` before it acknowledges: what it never said may be lost, nothing else.
const [, , engineUrl = '', dir = '', lane = '', run = ''] = process.argv
const { open } = (await import(engineUrl)) as SpoolEngine
const spool = await open({ dir })
let count = 0
await Promise.all([...Array.from({ length: 8 }, write), drain()])

async function write(): Promise<void> {
  for (;;) {
    const id = `${run}-${count++}`
    const body = Buffer.concat([Buffer.from(`${id} `), randomBytes(Math.floor(Math.random() * 50_000))])
    await spool.append({ app: 'shop', id, from: 0, to: 1, parts: [{ lane, records: 1, body }] })
    say('stored', id, digestOf(body))
  }
}

async function drain(): Promise<void> {
  for (;;) {
    const parts = await spool.lease({ lane, maxRecords: 5, maxBytes: 1e6, ttlMs: 60_000 })
    for (const { body } of parts) say('leased', idOf(body), digestOf(body))
    await spool.ack(parts)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Written through at once: a buffered line would die with the process. */
function say(...words: string[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}
