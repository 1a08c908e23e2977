import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Log } from '../log.ts'
import type { DayUse } from './dayQuotas.ts'

export interface QuotaFile {
  /** Writes what has changed since the last time. Never throws. */
  save(): void
  /** Saves a last time. */
  stop(): void
}

export interface QuotaFileOptions {
  /** Directory of the file, which is there. */
  dir: string
  uses(): [key: string, DayUse][]
  log: Pick<Log, 'warn'>
}

const version = 1
const content = z.object({
  version: z.literal(version),
  uses: z.array(z.tuple([z.string(), z.int(), z.number().nonnegative()])),
})
/** What a kill of the process can lose. Little, since a process that is killed again and again loses it each time. */
const saveEveryMs = 10_000
/** Far above that of a configuration with the most apps there can be. */
const maxFileBytes = 1024 * 1024

/**
 * What an earlier process has used of the quotas per day, of the apps that there are: otherwise a relay that restarts
 * in a loop would hold nobody to them. Nothing when there is no such file, or, with a warning, when it cannot be read.
 */
export function readQuotaFile(
  dir: string,
  apps: readonly { name: string }[],
  log: Pick<Log, 'warn'>,
): [key: string, DayUse][] {
  const file = fileIn(dir)
  const names = new Set(apps.map(({ name }) => name))
  try {
    if (statSync(file).size > maxFileBytes) throw new Error('it is too large')
    return parse(readFileSync(file, 'utf8')).filter(([key]) => names.has(key.split('\n')[0] ?? ''))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    log.warn({ file, reason: describe(error) }, "what was used of the quotas per day can't be read: they begin anew")
    return []
  }
}

/** Keeps it up to date. It is never synced: it is to survive the relay, and a machine does not restart in a loop. */
export function startQuotaFile({ dir, uses, log }: QuotaFileOptions): QuotaFile {
  const file = fileIn(dir)
  let saved = write(uses())
  const saving = setInterval(save, saveEveryMs).unref()
  return {
    save,
    stop() {
      clearInterval(saving)
      save()
    },
  }

  function save(): void {
    const text = write(uses())
    if (text === saved) return
    try {
      writeFileSync(`${file}.tmp`, text, { mode: 0o600 })
      renameSync(`${file}.tmp`, file)
      saved = text
    } catch (error) {
      log.warn({ file, reason: describe(error) }, "what was used of the quotas per day can't be written")
    }
  }
}

function fileIn(dir: string): string {
  return join(dir, 'quotas.json')
}

function write(uses: [key: string, DayUse][]): string {
  return JSON.stringify({ version, uses: uses.map(([key, { day, amount }]) => [key, day, amount]) })
}

function parse(text: string): [key: string, DayUse][] {
  const { data } = content.safeParse(JSON.parse(text))
  if (!data) throw new Error('it holds something else')
  return data.uses.map(([key, day, amount]) => [key, { day, amount }])
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
