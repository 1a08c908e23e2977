import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../cli/commandError.ts'
import { startProgressBar } from '../cli/progressBar.ts'
import { unreadable } from '../unreadable.ts'
import { type BadLine, readBatches } from './readBatches.ts'
import { readLines } from './readLines.ts'
import { createSender } from './sendBatch.ts'
import type { ReplayTarget } from './target.ts'

export interface ReplayReport {
  accepted: number
  /** Stored before, such as by an earlier replay. */
  duplicate: number
  bad: number
  batches: number
  /** The first of them, in the order in which they were found. */
  badLines: BadLine[]
  /** Why it ended before the input did. */
  stopped?: string
}

export interface ReplayOptions {
  /** `-` for standard input. */
  file: string
  recordsPerSecond?: number
  signal: AbortSignal
}

/** A record is 256 KiB at most, a header 64 KiB; this leaves room for a relay that allows more. */
const maxLineBytes = 1024 * 1024
/** Told one by one; beyond, only counted. */
const maxBadLines = 100

/** Sends what is in the file, batch after batch, and tells what became of it, also where it could not go on. */
export async function replay(target: ReplayTarget, options: ReplayOptions): Promise<ReplayReport> {
  const { file, recordsPerSecond, signal } = options
  const totalBytes = file === '-' ? undefined : await sizeOf(file)
  const input = file === '-' ? process.stdin : createReadStream(file)
  const bar = startProgressBar(totalBytes)
  const report: ReplayReport = { accepted: 0, duplicate: 0, bad: 0, batches: 0, badLines: [] }
  const send = createSender(target, {
    waits: (pauseMs, why) => bar.say(`${why}; waiting ${Math.ceil(pauseMs / 1000)} s`),
    signal,
  })
  const startMs = performance.now()
  try {
    for await (const batch of readBatches(readLines(input, maxLineBytes), { bad, nowMs: Date.now() })) {
      signal.throwIfAborted()
      if (batch.records.length === 0) continue
      if (recordsPerSecond !== undefined) {
        const dueMs = startMs + ((report.accepted + report.duplicate) / recordsPerSecond) * 1000
        await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal })
      }
      const sent = await send(batch)
      report.accepted += sent.accepted
      report.duplicate += sent.duplicate
      report.batches++
      for (const line of sent.bad) bad(line)
      bar.update({ bytes: batch.endBytes, records: report.accepted + report.duplicate })
    }
  } catch (error) {
    if (!(error instanceof CommandError) && !signal.aborted) throw error
    report.stopped = signal.aborted ? 'interrupted' : (error as Error).message
  } finally {
    bar.end()
    input.destroy()
  }
  return report

  function bad(line: BadLine): void {
    report.bad++
    if (report.badLines.length === maxBadLines) return
    report.badLines.push(line)
    bar.say(`line ${line.line}: ${line.reason}`)
  }
}

async function sizeOf(file: string): Promise<number> {
  const handle = await open(file).catch(refuse)
  try {
    const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0).catch(refuse)
    // https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
    if (buffer[0] === 0x1f && buffer[1] === 0x8b)
      throw new CommandError(`${file} is packed: unpack it on the way, as in zcat ${file} | loki-beacon-relay replay -`)
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }

  function refuse(error: unknown): never {
    throw new CommandError(`${file} ${unreadable(error)}`)
  }
}
