import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { decodeEntry, splitEntries, timestampNs } from '../entry.ts'
import { splitLane } from '../lane.ts'
import type { LaneUsage, QuarantinedRow, QuarantinePage, Spool, SpoolStats, SpoolUsage } from '../spool/spool.ts'

/** What one step may name or ask for. */
export const maxRows = 1000

/** What an operator can do with the spool, whether the relay runs or not. */
export interface Operations {
  report(): Promise<SpoolReport>
  list(page: QuarantinePage): Promise<QuarantinedRow[]>
  show(id: number): Promise<QuarantinedDetail | undefined>
  /** Puts rows back into their lanes; returns those that were. */
  retry(ids: readonly number[]): Promise<QuarantinedRow[]>
  purge(ids: readonly number[]): Promise<QuarantinedRow[]>
}

export interface SpoolReport extends Omit<SpoolStats, 'bytesByApp'>, Omit<SpoolUsage, 'lanes'> {
  dir: string
  /** The quota, which `usedBytes` is held against. */
  maxBytes: number
  /** Tells two files apart, whatever their paths are. */
  file: string
  lanes: LaneReport[]
}

export interface LaneReport extends LaneUsage {
  /** How shipping it goes; absent while the relay does not run, or has no Loki. */
  state?: string
  reason?: string
}

export interface QuarantinedDetail extends QuarantinedRow {
  tenant: string
  labels: string
  /** Empty where only the fact is kept. */
  entries: QuarantinedEntry[]
}

export interface QuarantinedEntry {
  time: string
  /** Nanoseconds since the epoch, as Loki was told. */
  timestampNs: string
  metadata: Record<string, string>
  /** The log line, read as JSON where it is that. */
  line: unknown
}

export interface OperationsOptions {
  dir: string
  maxBytes: number
  /** How shipping goes, where it does. */
  lanes?(): readonly { lane: string; state: string; reason?: string }[]
  /** Told of what is in its lanes again. */
  retried?(rows: readonly QuarantinedRow[]): void
}

export function createOperations(spool: Spool, options: OperationsOptions): Operations {
  const { dir, maxBytes, lanes = () => [], retried } = options
  return {
    async report() {
      const [{ bytesByApp: _, ...figures }, usage, file] = await Promise.all([
        spool.stats(),
        spool.usage(),
        fileId(dir),
      ])
      const states = new Map(lanes().map(({ lane, state, reason }) => [lane, { state, reason }]))
      const reports = usage.lanes.map(lane => ({ ...lane, ...states.get(lane.lane) }))
      return { ...figures, ...usage, dir: resolve(dir), maxBytes, file, lanes: reports }
    },
    list: page => spool.quarantined(page),
    async show(id) {
      const [row] = await spool.quarantined({ after: id - 1, limit: 1 })
      const body = await spool.quarantinedBody(id)
      if (row?.id !== id || !body) return undefined
      return { ...row, ...splitLane(row.lane), entries: splitEntries(body).map(describeEntry) }
    },
    async retry(ids) {
      const rows = await spool.requeue(ids)
      retried?.(rows)
      return rows
    },
    purge: ids => spool.purge(ids),
  }
}

/** Device and inode of the spool's file. */
export async function fileId(dir: string): Promise<string> {
  const { dev, ino } = await stat(join(dir, 'spool.sqlite'), { bigint: true })
  return `${dev}:${ino}`
}

function describeEntry(bytes: Uint8Array): QuarantinedEntry {
  const entry = decodeEntry(bytes)
  const ns = timestampNs(entry)
  return {
    time: new Date(Number(ns / 1_000_000n)).toISOString(),
    timestampNs: String(ns),
    metadata: Object.fromEntries(entry.metadata),
    line: readJson(entry.line),
  }
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}
