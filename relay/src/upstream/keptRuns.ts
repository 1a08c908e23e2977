import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRunFile, type KeptRun, openRunFile, type RunFile } from './runFile.ts'

/** What Loki has acknowledged of late, for the case that it loses it. */
export interface KeptRuns {
  /** Resolves when the operating system has it, which is enough to survive the end of this process. Never rejects. */
  keep(lane: string, records: number, bodies: readonly Uint8Array[]): Promise<void>
  list(): KeptRun[]
  /** Lets go of files with nothing that is younger, and tells how many records these held. */
  forget(ageMs: number): number
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

interface KeptFile extends RunFile {
  /**
   * When it was last added to, on the clock of `performance.now()`: that of the wall may be set, and what is kept would
   * go hours too early. Of a file of an earlier process the wall clock is all there is to ask, once.
   */
  newestAtMs: number
}

const maxFiles = 16

/**
 * Files that are only added to, removed whole and never synced: they are to survive the relay, not the machine,
 * and so cost neither a transaction nor a wait for the disk.
 */
export async function openKeptRuns({ dir, maxBytes, fileMs, onLetGo }: KeptRunsOptions): Promise<KeptRuns> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const names = readdirSync(dir).filter(name => /^\d+\.runs$/.test(name))
  const files = await Promise.all(names.sort().map(name => found(join(dir, name))))
  let next = names.reduce((max, name) => Math.max(max, Number.parseInt(name, 10)), 0) + 1
  let current: Promise<KeptFile> | undefined
  let currentBytes = 0
  let currentSinceMs = 0

  return {
    async keep(lane, records, bodies) {
      const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
      try {
        const file = await fileFor(bytes)
        file.newestAtMs = performance.now()
        await file.add({ lane, records, atMs: Date.now() }, bodies)
        letGoAboveBound()
      } catch (error) {
        // Behind a gap nothing would be found again.
        current = undefined
        onLetGo?.(records, error instanceof Error ? error.message : String(error))
      }
    },
    list: () => files.flatMap(({ runs }) => runs),
    forget(ageMs) {
      const nowMs = performance.now()
      const old = files.filter(({ newestAtMs }) => nowMs - newestAtMs > ageMs)
      for (const file of old) remove(file)
      return old.reduce((sum, file) => sum + countRecords(file), 0)
    },
    bytes: countBytes,
    async close() {
      await current?.catch(() => {})
      await Promise.all(files.map(file => file.close()))
    },
  }

  function fileFor(bytes: number): Promise<KeptFile> {
    const nowMs = performance.now()
    if (!current || currentBytes + bytes > maxBytes / maxFiles || nowMs - currentSinceMs > fileMs) {
      current = begin()
      currentBytes = 0
      currentSinceMs = nowMs
    }
    currentBytes += bytes
    return current
  }

  async function begin(): Promise<KeptFile> {
    const name = `${String(next++).padStart(10, '0')}.runs`
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const file = { ...(await createRunFile(join(dir, name))), newestAtMs: performance.now() }
    files.push(file)
    return file
  }

  function letGoAboveBound(): void {
    while (files.length > 1 && countBytes() > maxBytes) {
      const [oldest] = files as [KeptFile]
      const records = countRecords(oldest)
      remove(oldest)
      onLetGo?.(records, `more than ${maxBytes} bytes were acknowledged`)
    }
  }

  function remove(file: KeptFile): void {
    // It may be the one that is added to.
    if (file === files.at(-1)) current = undefined
    files.splice(files.indexOf(file), 1)
    file.remove()
  }

  function countBytes(): number {
    return files.reduce((sum, file) => sum + file.size(), 0)
  }
}

async function found(path: string): Promise<KeptFile> {
  const file = await openRunFile(path)
  return { ...file, newestAtMs: performance.now() - Math.max(0, Date.now() - file.newestMs()) }
}

function countRecords({ runs }: RunFile): number {
  return runs.reduce((sum, run) => sum + run.records, 0)
}
