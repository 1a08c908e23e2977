import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { CommandError } from '../cli/commandError.ts'
import { findCause, tlsCauses } from '../tlsCauses.ts'
import type { BadLine, ReplayBatch } from './readBatches.ts'
import type { ReplayTarget } from './target.ts'

export interface Sent {
  accepted: number
  duplicate: number
  bad: BadLine[]
}

export interface SenderDeps {
  /** Told before each pause. */
  waits(pauseMs: number, why: string): void
  signal: AbortSignal
}

const timeoutMs = 60_000
/** Without a word of the relay how long: first pause, and the longest. */
const backoffMs = { first: 500, longest: 20_000 }
/** Failures in a row after which a person should look; with the pauses above, a little more than a minute. */
const maxFailures = 8

const compress = promisify(gzip)

/** Sends batches to one relay until it has answered each. A CommandError says why no further one can be taken. */
export function createSender(
  target: ReplayTarget,
  { waits, signal }: SenderDeps,
): (batch: ReplayBatch) => Promise<Sent> {
  let reached = false
  return batch => send(batch, batch.records, 0)

  /** @param from Place of the first of these records in the batch. */
  async function send(batch: ReplayBatch, records: ReplayBatch['records'], from: number): Promise<Sent> {
    const { batch: whole } = batch.header
    const id = from === 0 ? whole : partId(whole, from)
    for (let failures = 0; ; ) {
      const answer = await post(id, batch, records)
      const { status, code, text } = answer
      if (status === 202) return { ...answer.counts, bad: linesOf(answer.rejected, records) }
      if (status === 413) {
        if (records.length <= 1) return noneOf(records, 'too_large')
        const half = Math.ceil(records.length / 2)
        return add(await send(batch, records.slice(0, half), from), await send(batch, records.slice(half), from + half))
      }
      // Without a code it is not the relay's, and so says nothing about the batch.
      if (status === 400 && code) return noneOf([{ line: batch.firstLine }], text)
      if (status !== 0 && status !== 429 && status < 500) throw new CommandError(whatToDo(status, code, text, target))
      if (status === 0 && !reached) throw new CommandError(`no relay answers at ${target.url}: ${text}`)
      if (answer.retryAfterMs === undefined && ++failures === maxFailures)
        throw new CommandError(`gave up after ${maxFailures} attempts in a row: ${text}`)
      const backedOffMs = Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.longest)
      const pauseMs = Math.max(answer.retryAfterMs ?? backedOffMs, backoffMs.first)
      waits(pauseMs, text)
      await sleep(pauseMs, undefined, { signal })
    }
  }

  async function post(id: string, { header }: ReplayBatch, records: ReplayBatch['records']): Promise<Answer> {
    // The batch's own clock had its say when it was written: events keep the time they have.
    const clock = { sentAtMs: Date.now(), clockOffsetMs: header.clockOffsetMs ?? 0 }
    const head = JSON.stringify({ ...header, batch: id, ...clock, token: await target.token?.() })
    const body = await compress([head, ...records.map(({ text }) => text)].join('\n'))
    try {
      const response = await fetch(`${target.url}/v1/i/${encodeURIComponent(target.key)}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain;charset=UTF-8', ...(target.origin && { origin: target.origin }) },
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      const answer = await readAnswer(response)
      reached = true
      return answer
    } catch (error) {
      signal.throwIfAborted()
      const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
      return { ...noCounts, status: 0, text: explain(cause?.code ?? cause?.message ?? message) }
    }
  }
}

interface Answer {
  status: number
  code?: string
  text: string
  retryAfterMs?: number
  counts: { accepted: number; duplicate: number }
  rejected: { n?: number; reason: string }[]
}

const noCounts = { counts: { accepted: 0, duplicate: 0 }, rejected: [] }

async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response
  const body = Object(await response.json().catch(() => undefined))
  if (status === 202 && typeof body.accepted === 'number') {
    const { accepted, duplicate, rejected } = body
    return { status, text: '', counts: { accepted, duplicate }, rejected }
  }
  const { code, message } = Object(body.error) as { code?: string; message?: string }
  const retryAfterS = Number(headers.get('retry-after') ?? Number.NaN)
  return {
    ...noCounts,
    // Somebody else who says 202 has stored nothing.
    status: status < 400 ? 404 : status,
    code,
    text: `the relay answered ${status}${message ? `: ${message}` : ''}`,
    retryAfterMs: Number.isFinite(retryAfterS) && retryAfterS >= 0 ? retryAfterS * 1000 : undefined,
  }
}

/** docs/protocol.md: a part's id tells the relay where in the whole it begins. */
function partId(whole: string, from: number): string {
  if (/^[0-9a-f]{32}$/.test(whole)) return whole + from.toString(36)
  return createHash('sha256').update(`${whole} ${from}`).digest('hex').slice(0, 32)
}

/** The relay names records by their `n`, or by nothing where it can't read one. */
function linesOf(rejected: Answer['rejected'], records: ReplayBatch['records']): BadLine[] {
  const left = new Map(rejected.length > 0 ? records.map(({ line, text }) => [line, numberOf(text)]) : [])
  return rejected.map(({ n, reason }) => {
    const line = [...left.keys()].find(key => left.get(key) === n) ?? 0
    left.delete(line)
    return { line, reason }
  })
}

function numberOf(text: string): number | undefined {
  try {
    const n = Object(JSON.parse(text)).n
    return Number.isSafeInteger(n) ? n : undefined
  } catch {
    const found = /^\{"n":(\d{1,15})[,}]/.exec(text)
    return found ? Number(found[1]) : undefined
  }
}

function noneOf(records: readonly { line: number }[], reason: string): Sent {
  return { accepted: 0, duplicate: 0, bad: records.map(({ line }) => ({ line, reason })) }
}

function add(a: Sent, b: Sent): Sent {
  return { accepted: a.accepted + b.accepted, duplicate: a.duplicate + b.duplicate, bad: [...a.bad, ...b.bad] }
}

function explain(reason: string): string {
  const known = findCause(tlsCauses, reason)
  return known ? `${reason}. ${known.cause}. ${known.mend}` : reason
}

function whatToDo(status: number, code: string | undefined, text: string, { url, origin }: ReplayTarget): string {
  if (code === 'unknown_key')
    return `${text} Give the key of one of its apps by --key, or its configuration by --config`
  if (code === 'origin_not_allowed')
    return `${text} ${origin ? `${origin} is not one of them` : 'No origin was given'}: give one that its app allows by --origin`
  if (code?.startsWith('token_')) return `${text} Give a file with a token by --token-file`
  return `${text} (${status}): is ${url} the address of a relay's public port, and http or https as it speaks?`
}
