import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRunFile, type KeptRun, openRunFile, type RunFile } from './runFile.ts'

/** What Loki has acknowledged of late, for the case that it loses it. */
export interface KeptRuns {
  /** Resolves when the operating system has it, which is enough to survive the end of this process. Never rejects. */
  keep(lane: string, records: number, bodies: readonly Uint8Array[]): Promise<void>
  list(): KeptRun[]
  /** Lets go of files with nothing newer than this time, in ms since the epoch. */
  forget(beforeMs: number): void
  bytes(): number
  close(): Promise<void>
}

export interface KeptRunsOptions {
  /** Directory of its files alone; made where it is missing. */
  dir: string
  /** Above it the oldest are let go. */
  maxBytes: number
  /** How long a file is added to, in ms. */
  fileMs: number
  /** Records that could not be kept, or not for as long as was wanted. */
  onLetGo?(records: number, reason: string): void
}

const maxFiles = 16

/**
 * Files that are only added to, removed whole and never synced: they are to survive the relay, not the machine,
 * and so cost neither a transaction nor a wait for the disk.
 */
export async function openKeptRuns({ dir, maxBytes, fileMs, onLetGo }: KeptRunsOptions): Promise<KeptRuns> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const names = readdirSync(dir).filter(name => /^\d+\.runs$/.test(name))
  const files = await Promise.all(names.sort().map(name => openRunFile(join(dir, name))))
  let next = names.reduce((max, name) => Math.max(max, Number.parseInt(name, 10)), 0) + 1
  let current: Promise<RunFile> | undefined
  let currentBytes = 0
  let currentSinceMs = 0

  return {
    async keep(lane, records, bodies) {
      const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
      try {
        const file = await fileFor(bytes)
        await file.add({ lane, records, atMs: Date.now() }, bodies)
        letGoAboveBound()
      } catch (error) {
        // Behind a gap nothing would be found again.
        current = undefined
        onLetGo?.(records, error instanceof Error ? error.message : String(error))
      }
    },
    list: () => files.flatMap(({ runs }) => runs),
    forget(beforeMs) {
      for (const file of files.filter(({ newestMs }) => newestMs() < beforeMs)) remove(file)
    },
    bytes: countBytes,
    async close() {
      await current?.catch(() => {})
      await Promise.all(files.map(file => file.close()))
    },
  }

  function fileFor(bytes: number): Promise<RunFile> {
    const nowMs = Date.now()
    if (!current || currentBytes + bytes > maxBytes / maxFiles || Math.abs(nowMs - currentSinceMs) > fileMs) {
      current = begin()
      currentBytes = 0
      currentSinceMs = nowMs
    }
    currentBytes += bytes
    return current
  }

  async function begin(): Promise<RunFile> {
    const name = `${String(next++).padStart(10, '0')}.runs`
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const file = await createRunFile(join(dir, name))
    files.push(file)
    return file
  }

  function letGoAboveBound(): void {
    while (files.length > 1 && countBytes() > maxBytes) {
      const [oldest] = files as [RunFile]
      const records = oldest.runs.reduce((sum, run) => sum + run.records, 0)
      remove(oldest)
      onLetGo?.(records, `more than ${maxBytes} bytes were acknowledged`)
    }
  }

  function remove(file: RunFile): void {
    // It may be the one that is added to.
    if (file === files.at(-1)) current = undefined
    files.splice(files.indexOf(file), 1)
    file.remove()
  }

  function countBytes(): number {
    return files.reduce((sum, file) => sum + file.size(), 0)
  }
}
