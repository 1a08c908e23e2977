import type { Logger } from 'pino'
import type { AuditFinding } from '../auditFindings.ts'
import { type AuditChunk, type AuditResult, auditChunk } from './auditRun.ts'
import { backoffMs } from './backoff.ts'
import type { KeptRuns } from './keptRuns.ts'
import type { LokiClient } from './lokiClient.ts'
import { visibleForMs } from './lookForEntries.ts'
import type { PushLimits } from './pieces.ts'
import { type AmbiguityResolver, createAmbiguityResolver } from './resolveAmbiguous.ts'
import type { KeptRun } from './runFile.ts'
import type { PushReport } from './shipParts.ts'
import type { Slots } from './slots.ts'
import type { Turns } from './turns.ts'

export interface Audit {
  /** Loki was out of reach for a moment, or ended an idle connection: it may have crashed, and lost what it had acknowledged. */
  cutOff(): void
  stop(): Promise<void>
}

export interface AuditOptions {
  kept: KeptRuns
  loki: LokiClient
  turns: Turns
  slots: Slots
  limits: PushLimits
  log: Pick<Logger, 'info' | 'warn'>
  /** How long what was acknowledged is kept, in ms. */
  windowMs: number
  settleMs: number
  /** Least time from the begin of an audit to that of the next one, in ms. */
  everyMs: number
  /** After so long there is one without any sign of trouble, in ms; 0 for none of these. */
  intervalMs: number
  retryDelayMs: number
  maxRetryDelayMs: number
  /** Pause of a lane that an operator must help, in ms. */
  configRetryMs: number
  onPush(report: PushReport): void
  onAudit?(): void
  onFound?(finding: AuditFinding, records: number): void
}

type Findings = Record<AuditFinding, number>

/** One page of Loki's answer, and no more than a push holds. */
const maxChunkRecords = 5000
const maxChunkBytes = 3 * 1024 * 1024

/**
 * After Loki was out of reach, asks it for all that it had acknowledged in the minutes before, and pushes what is gone.
 *
 * Loki 3.7 can lose what it has acknowledged when it is killed twice: the first time may leave a torn record amid its
 * log, behind which the second start does not read on (https://github.com/grafana/loki/blob/v3.7.8/pkg/ingester/recovery.go).
 * The start of the relay counts as well, since nobody knows what happened before it. An operator who trusts neither Loki nor
 * what stands before it can have an audit at regular times.
 */
export function startAudit(options: AuditOptions): Audit {
  const { kept, loki, log, windowMs, settleMs, everyMs, intervalMs } = options
  const giveUp = new AbortController()
  const { signal } = giveUp
  let due = kept.list().length > 0
  /** An audit has begun to get answers: what happens from now on needs another one. */
  let answered = true
  let running = false
  let wake: (() => void) | undefined
  const forgetting = setInterval(forget, Math.max(10, windowMs / 10))
  forgetting.unref()
  const regularly = intervalMs > 0 ? setInterval(want, intervalMs).unref() : undefined
  const ended = run()

  return {
    cutOff() {
      if (answered) want()
    },
    async stop() {
      clearInterval(forgetting)
      clearInterval(regularly)
      giveUp.abort()
      wake?.()
      await ended
    },
  }

  function want(): void {
    due = true
    wake?.()
  }

  async function run(): Promise<void> {
    let startedMs = Number.NEGATIVE_INFINITY
    let restMs = 0
    for (;;) {
      while (!due && !signal.aborted) await pause()
      await until(startedMs + restMs)
      if (signal.aborted) return
      if (performance.now() - startedMs > windowMs) restMs = 0
      startedMs = performance.now()
      const lost = await audit().catch(failed)
      // A proxy that ends idle connections looks like a crash, and is to cost less each time. Nothing is let go meanwhile.
      restMs = lost > 0 ? everyMs : Math.min(Math.max(everyMs, 2 * restMs), Math.max(everyMs, windowMs / 2))
    }
  }

  async function audit(): Promise<number> {
    const chunks = chunksOf(kept.list())
    const ambiguities = new Map<string, AmbiguityResolver>()
    const findings: Findings = { present: 0, lost: 0, restored: 0, refused: 0, unknown: 0, let_go: 0 }
    due = false
    if (chunks.length === 0) return 0
    running = true
    answered = false
    let unanswered = 0
    for (let chunk = chunks.shift(); chunk && !signal.aborted; chunk = chunks.shift()) {
      await until(chunk.notBeforeMs)
      let ambiguity = ambiguities.get(chunk.lane)
      if (!ambiguity) ambiguity = createAmbiguityResolver(settleMs, () => performance.now())
      ambiguities.set(chunk.lane, ambiguity)
      const wasLossy = chunk.isLossy
      const result = await auditChunk(chunk, { ...options, ambiguity, signal, onFound: found })
      answered ||= result.kind !== 'unanswered'
      if (chunk.isLossy && !wasLossy)
        log.warn({ lane: chunk.lane }, 'Loki has lost what it had acknowledged: the relay pushes it again')
      if (result.kind === 'shipped') continue
      if (result.kind === 'unanswered') {
        // None of the others would get an answer either, and to read them all for that takes the time of everyone.
        chunks.unshift(chunk)
        await until(performance.now() + retryAfterMs(++unanswered))
        continue
      }
      unanswered = 0
      chunks.push(later(chunk, result))
      chunks.sort((a, b) => a.notBeforeMs - b.notBeforeMs)
    }
    running = false
    answered = true
    if (signal.aborted) return findings.lost
    forget()
    options.onAudit?.()
    const { present, ...others } = findings
    const told = Object.values(others).some(records => records > 0) ? 'warn' : 'info'
    log[told]({ host: loki.host, ...findings }, 'audited what Loki had acknowledged')
    return findings.lost

    function found(finding: AuditFinding, records: number): void {
      findings[finding] += records
      if (records > 0) options.onFound?.(finding, records)
    }
  }

  function failed(error: unknown): number {
    running = false
    answered = true
    log.warn({ err: error }, 'an audit of what Loki had acknowledged has failed')
    return 0
  }

  function later(chunk: AuditChunk, result: AuditResult): AuditChunk {
    const failures = result.kind === 'settling' || result.kind === 'late' ? 0 : chunk.failures + 1
    return { ...chunk, failures, notBeforeMs: performance.now() + waitMs(result, failures) }
  }

  function waitMs(result: AuditResult, failures: number): number {
    if (result.kind === 'settling') return result.waitMs
    if (result.kind === 'config') return options.configRetryMs
    return failures === 0 ? 0 : retryAfterMs(failures)
  }

  function retryAfterMs(failures: number): number {
    return backoffMs(failures, { baseMs: options.retryDelayMs, maxMs: options.maxRetryDelayMs })
  }

  /** While an audit waits for Loki nothing grows too old, but what queries would not show any more. */
  function forget(): void {
    const isAwaited = due || running
    const records = kept.forget(isAwaited ? visibleForMs : windowMs)
    if (!isAwaited || records === 0) return
    options.onFound?.('let_go', records)
    log.warn({ records }, 'let go of what Loki had acknowledged before an audit could look for it')
  }

  /** On the clock of `performance.now()`. */
  async function until(timeMs: number): Promise<void> {
    for (let ms = timeMs - performance.now(); ms > 0 && !signal.aborted; ms = timeMs - performance.now())
      await pause(ms)
  }

  /** Ends early when something happens. */
  async function pause(ms = Number.POSITIVE_INFINITY): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    const timer = ms < Number.POSITIVE_INFINITY ? setTimeout(resolve, ms) : undefined
    await promise
    clearTimeout(timer)
  }
}

function chunksOf(runs: readonly KeptRun[]): AuditChunk[] {
  const chunks: AuditChunk[] = []
  for (const [lane, ofLane] of Map.groupBy(runs, run => run.lane)) {
    let records = 0
    let bytes = 0
    let chunk: AuditChunk | undefined
    for (const run of ofLane) {
      if (!chunk || records + run.records > maxChunkRecords || bytes + run.bytes > maxChunkBytes) {
        chunk = { lane, runs: [], isLossy: false, failures: 0, notBeforeMs: 0 }
        chunks.push(chunk)
        records = 0
        bytes = 0
      }
      chunk.runs.push(run)
      records += run.records
      bytes += run.bytes
    }
  }
  return chunks
}
