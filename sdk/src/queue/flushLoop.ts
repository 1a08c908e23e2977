import type { Batch, SendResult } from '../batch.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import type { BatchSource } from './queue.ts'
import { splitBatch } from './splitBatch.ts'

export interface FlushLoop {
  /** There may be something to send. */
  kick(): void
  /** For good. */
  stop(): void
}

export interface FlushLoopOptions {
  /** Served in turn, so that none starves. */
  sources: readonly BatchSource[]
  send: (batch: Batch) => Promise<SendResult>
  /** How long nothing may be sent, in ms, or Infinity: until the next kick. Asked before each request. */
  pauseMs: () => number
  /** Told of each result before the batch is settled. */
  onResult: (result: SendResult) => void
  /** A batch is settled; `resting` when nothing more goes out for now. */
  onSettled: (resting: boolean) => void
  onFault: (error: unknown) => void
  native: NativeMethods
}

/** Peek, send, then settle: one request at a time, and a timer only while something waits for its next attempt. */
export function createFlushLoop(options: FlushLoopOptions): FlushLoop {
  const { sources, send, pauseMs, onResult, onSettled, onFault, native } = options
  let timer: number | undefined
  let busy = false
  let wanted = false
  let stopped = false
  let turn = 0

  return {
    kick,
    stop() {
      stopped = true
      native.clearTimeout(timer)
    },
  }

  function kick(): void {
    wanted = true
    if (!busy) run().catch(onFault)
  }

  async function run(): Promise<void> {
    busy = true
    native.clearTimeout(timer)
    try {
      while (wanted && !stopped) {
        wanted = false
        const waitMs = pauseMs()
        if (waitMs === Number.POSITIVE_INFINITY) break
        if (waitMs > 0) timer = native.setTimeout(kick, waitMs)
        else if (await sendNext()) wanted = true
      }
    } finally {
      busy = false
      onSettled(true)
    }
  }

  async function sendNext(): Promise<boolean> {
    for (let asked = 0; asked < sources.length; asked++) {
      const source = sources[turn++ % sources.length]!
      const batch = await source.next()
      if (!batch) continue
      const result = await send(batch)
      onResult(result)
      settle(source, batch, result)
      onSettled(false)
      return true
    }
    return false
  }
}

function settle(source: BatchSource, batch: Batch, result: SendResult): void {
  if (result.outcome === 'stored') source.confirm(batch, result.refused)
  else if (result.outcome === 'drop') source.drop(batch, result.reason)
  else if (result.outcome === 'split') split(source, batch)
  else source.postpone(batch)
}

function split(source: BatchSource, batch: Batch): void {
  const halves = splitBatch(batch)
  if (halves) source.replace(batch, halves)
  else source.drop(batch, 'too_large')
}
