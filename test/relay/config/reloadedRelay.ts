import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'

export interface LogLine {
  level: string
  msg: string
  cause?: string
  options?: string[]
  problems?: { source: string; field?: string; text: string }[]
}

export interface ReloadedRelay {
  relay: RelayProcess
  file: string
  /** Its log so far. */
  lines(): LogLine[]
  /** The `count`th line with this text, as soon as it is there. */
  said(text: string, count?: number, cause?: string): Promise<LogLine>
  signal(): void
}

export const reloaded = 'configuration reloaded'
export const kept = "the changed configuration can't be used; the earlier one stays"

/** A relay whose configuration file is at hand. `file` may be put elsewhere, such as behind a symbolic link. */
export async function startReloadedRelay(
  t: TestContext,
  config: string,
  options: { file?: string; env?: Record<string, string> } = {},
): Promise<ReloadedRelay> {
  const file = options.file ?? join(await tempDir(t), 'relay.yaml')
  if (!options.file) await writeFile(file, config)
  const relay = await startRelay({ args: ['--config', file], env: options.env })
  t.after(() => relay.stop())
  const lines = () =>
    relay
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as LogLine)
  return {
    relay,
    file,
    lines,
    said: (text, count = 1, cause) =>
      waitFor(() => lines().filter(line => line.msg === text && (!cause || line.cause === cause))[count - 1], {
        timeoutMs: 20_000,
        everyMs: 10,
        what: `the relay to say "${text}"`,
      }),
    signal: () => process.kill(relay.pid, 'SIGHUP'),
  }
}

/** A file with one app that has these keys. */
export function appWith(keys: readonly string[], more = ''): string {
  return `apps:\n  - { name: shop, keys: [${keys.join(', ')}], origins: ['*'] }\n${more}`
}
