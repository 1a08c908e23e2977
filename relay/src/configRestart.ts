import { isDeepStrictEqual } from 'node:util'
import type { RelayConfig } from './config.ts'

/** What is built on them lives as long as the process: sockets, the spool, what ships to Loki. */
const fixed = ['host', 'port', 'admin', 'loki', 'spool'] as const satisfies readonly (keyof RelayConfig)[]

/** The new configuration as far as a running relay can take it up, and the options whose new values wait for a restart. */
export function keepUntilRestart(running: RelayConfig, next: RelayConfig): { config: RelayConfig; waiting: string[] } {
  const { host, port, admin, loki, spool } = running
  return {
    config: { ...next, host, port, admin, loki, spool },
    waiting: fixed.flatMap(name => differences(name, running[name], next[name])),
  }
}

function differences(name: string, before: unknown, after: unknown): string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isGroup(before) && !isGroup(after)) return [optionName(name)]
  const [old, changed] = [isGroup(before) ? before : {}, isGroup(after) ? after : {}]
  return Object.keys({ ...old, ...changed }).flatMap(key => differences(`${name}.${key}`, old[key], changed[key]))
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As it is written in the file, where a duration tells its unit itself. */
function optionName(name: string): string {
  return name.replace(/Ms$/, '')
}
