import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SpoolEngine } from './conformance.ts'

export interface KillReport {
  acknowledged: Map<string, string>
  found: Map<string, string>
  /** Bytes of the bodies that remain, and what the spool that is opened last says of them. */
  heldBytes: number
  bytesByApp: ReadonlyMap<string, number>
}

/**
 * Starts a process that appends and drains as fast as it can, kills it in the middle, and again, over one directory.
 * @returns digests of the bodies that were acknowledged, and of those that were leased by the processes or remain.
 */
export async function killUnderLoad({
  engineUrl,
  dir,
  kills,
  lane,
}: {
  engineUrl: string
  dir: string
  kills: number
  lane: string
}): Promise<KillReport> {
  const acknowledged = new Map<string, string>()
  const found = new Map<string, string>()
  const writer = fileURLToPath(new URL('./killUnderLoad.writer.ts', import.meta.url))
  for (let run = 0; run < kills; run++) {
    const child = spawn(process.execPath, [writer, engineUrl, dir, lane, String(run)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)
    const closed = once(lines, 'close')
    let written = 0
    // Some lines in, some milliseconds on: each kill meets the store in another state.
    const killAfter = 20 + Math.floor(Math.random() * 200)
    lines.on('line', line => {
      const [verb, id = '', digest = ''] = line.split(' ')
      if (verb === 'stored') acknowledged.set(id, digest)
      if (verb === 'leased') found.set(id, digest)
      if (++written === killAfter) setTimeout(() => child.kill('SIGKILL'), Math.random() * 20)
    })
    await closed
  }
  const { open } = (await import(engineUrl)) as SpoolEngine
  const spool = await open({ dir })
  const { bytesByApp } = await spool.stats()
  let heldBytes = 0
  for (const { body } of await spool.lease({ lane, maxRecords: 1e9, maxBytes: 1e9, ttlMs: 60_000 })) {
    found.set(idOf(body), digestOf(body))
    heldBytes += body.byteLength
  }
  await spool.close()
  return { acknowledged, found, heldBytes, bytesByApp }
}

/** A body starts with its batch's id and a space. */
export function idOf(body: Uint8Array): string {
  const start = Buffer.from(body.subarray(0, 64)).toString('latin1')
  return start.slice(0, start.indexOf(' '))
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url')
}
