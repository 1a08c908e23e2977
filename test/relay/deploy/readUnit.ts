import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const unitFile = join(import.meta.dirname, '../../../relay/deploy/loki-beacon-relay.service')

/** Directives of a unit by name, each with its values in order. */
export function readUnit(): Map<string, string[]> {
  const directives = new Map<string, string[]>()
  for (const line of readFileSync(unitFile, 'utf8').split('\n')) {
    const [, name, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
    if (name !== undefined) directives.set(name, [...(directives.get(name) ?? []), value])
  }
  return directives
}
