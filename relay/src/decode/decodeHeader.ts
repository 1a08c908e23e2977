import type { WireContext } from '../record.ts'
import { checkAttributes, cut, isObject, wellFormed } from './checkValue.ts'

export interface BatchHeader {
  id: string
  /** To be added to each event time to get the relay's, in ms. */
  offsetMs: number
  context: WireContext
  drops: Record<string, number>
  /** As it came. It goes no further than to who checks it. */
  token: unknown
}

const batchId = /^[A-Za-z0-9_-]{16,36}$/
/** Ids become structured metadata and part of record ids: plain characters only. */
const contextId = /^[A-Za-z0-9_.:-]{1,100}$/
const maxContextChars = {
  app: 200,
  release: 200,
  environment: 200,
  url: 2048,
  referrer: 2048,
  browser: 200,
  os: 200,
  language: 100,
  viewport: 50,
  route: 200,
  connection: 20,
}
const maxDropReasons = 32
/** No device has more, in GB. */
const maxMemoryGb = 1_000_000
/** Below this, `sentAtMs` only shows the time on the way; above, the page's clock is wrong. */
const clockSkewMs = 60_000
/** A hundred years: anything more is no clock. */
const maxOffsetMs = 100 * 365.25 * 86_400_000

/**
 * The first line of a batch, field by field. Returns what is wrong, as a text, where a field is that the batch can't do
 * without; a context field of a wrong type is left out, since it is no reason to lose the records.
 */
export function decodeHeader(text: string, receivedAtMs: number): BatchHeader | string {
  const header = parse(text)
  if (!isObject(header)) return 'the first line is no JSON object'
  if (header.v !== 1) return 'v is not 1'
  if (typeof header.batch !== 'string' || !batchId.test(header.batch)) return 'batch is no id of 16 to 36 characters'
  if (!isTime(header.sentAtMs)) return 'sentAtMs is no time in ms'
  const offsetMs = header.clockOffsetMs ?? guessOffsetMs(header.sentAtMs, receivedAtMs)
  if (typeof offsetMs !== 'number' || !(Math.abs(offsetMs) <= maxOffsetMs)) return 'clockOffsetMs is no number of ms'
  if (header.context !== undefined && !isObject(header.context)) return 'context is no object'
  return {
    id: header.batch,
    offsetMs,
    context: copyContext(header.context ?? {}),
    drops: copyDrops(header.drops),
    token: header.token,
  }
}

function guessOffsetMs(sentAtMs: number, receivedAtMs: number): number {
  const differenceMs = receivedAtMs - sentAtMs
  return Math.abs(differenceMs) > clockSkewMs ? differenceMs : 0
}

function copyContext(context: Record<string, unknown>): WireContext {
  const copy: WireContext = {}
  for (const name of ['session', 'page', 'view'] as const) {
    const value = context[name]
    if (typeof value === 'string' && contextId.test(value)) copy[name] = value
  }
  for (const name of Object.keys(maxContextChars) as (keyof typeof maxContextChars)[]) {
    const value = context[name]
    if (typeof value === 'string' && value !== '') copy[name] = cut(wellFormed(value), maxContextChars[name])
  }
  if (typeof context.mobile === 'boolean') copy.mobile = context.mobile
  const { memoryGb } = context
  if (typeof memoryGb === 'number' && memoryGb > 0 && memoryGb <= maxMemoryGb) copy.memoryGb = memoryGb
  for (const name of ['user', 'custom'] as const) {
    if (!isObject(context[name])) continue
    try {
      copy[name] = checkAttributes(context[name])
    } catch {
      // Too deep, or not JSON data: the records count more than this.
    }
  }
  return copy
}

function copyDrops(drops: unknown): Record<string, number> {
  if (!isObject(drops)) return {}
  const counts = Object.entries(drops).slice(0, maxDropReasons)
  return Object.fromEntries(
    counts.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]) && (entry[1] as number) > 0),
  )
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER / 1000
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
