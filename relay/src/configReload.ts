import { isDeepStrictEqual } from 'node:util'
import type { LoadedConfig, RelayConfig } from './config.ts'
import { ConfigError, type ConfigProblem } from './configError.ts'
import type { HeldSignal } from './heldSignal.ts'
import type { Log } from './log.ts'
import { watchFiles } from './watchFiles.ts'

export interface ReloadOptions {
  /** The configuration that the relay was started with. */
  loaded: LoadedConfig
  /** Reads it anew. Throws a ConfigError. */
  load(): LoadedConfig
  relay: {
    reload(config: RelayConfig): string[]
    reloadRefused(problems: readonly ConfigProblem[]): void
  }
  log: Pick<Log, 'info' | 'warn' | 'error'>
  /** SIGHUP, which may have come while the relay started. */
  hangup: Pick<HeldSignal, 'take'>
}

/**
 * Reads the configuration again on SIGHUP, and by itself when one of its files has changed. One that can't be used
 * changes nothing: the relay goes on with the earlier one, and says what is wrong.
 */
export function startReloading({ loaded, load, relay, log, hangup }: ReloadOptions): void {
  /** What the files said when they were last read: a configuration, or problems. */
  let last: unknown = loaded.config
  let { files } = loaded
  hangup.take(() => reload('SIGHUP'))
  watchFiles(
    () => files,
    () => reload('file'),
  )

  function reload(cause: 'SIGHUP' | 'file'): void {
    try {
      const { config, warnings, ...next } = load()
      files = next.files
      // After a signal the watch finds the same change once more.
      if (cause === 'file' && isDeepStrictEqual(config, last)) return
      last = config
      for (const warning of warnings) log.warn(warning)
      const waiting = relay.reload(config)
      log.info({ cause, apps: config.apps.map(app => app.name) }, 'configuration reloaded')
      if (waiting.length > 0)
        log.warn({ options: waiting }, 'these options have changed, too, and keep their old values until a restart')
    } catch (error) {
      const problems = problemsOf(error)
      if (cause === 'file' && isDeepStrictEqual(problems, last)) return
      last = problems
      log.error({ cause, problems }, "the changed configuration can't be used; the earlier one stays")
      relay.reloadRefused(problems)
    }
  }
}

function problemsOf(error: unknown): ConfigProblem[] {
  if (error instanceof ConfigError) return [...error.problems]
  return [{ source: 'configuration', text: `could not be read: ${error instanceof Error ? error.message : error}` }]
}
