import type { Config } from '../config.ts'
import { pageWide } from '../pageWide.ts'

export interface QuietHooks {
  /** The configuration, with each function of the host's in it wrapped. */
  config: Config
  wrap<Hook>(hook: Hook): Hook
  /** Whether one of them is running, or one of another logger's on the page. */
  areRunning(): boolean
}

/**
 * Knows when the host's own hooks run. What they print is not captured: a record of it would come back to `beforeSend`,
 * which would print again, for ever; nor is it by another logger, whose hooks might print for this one.
 */
export function quietHooks(given: Config): QuietHooks {
  const running = pageWide(Set, '.hooks')
  const config: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) config[name] = Array.isArray(value) ? value.map(wrap) : wrap(value)
  return { config: config as unknown as Config, wrap, areRunning: () => running.size > 0 }

  function wrap<Hook>(hook: Hook): Hook {
    if (typeof hook !== 'function') return hook
    const wrapped = (...args: unknown[]) => {
      const run = {}
      running.add(run)
      try {
        return hook(...args)
      } finally {
        running.delete(run)
      }
    }
    return wrapped as Hook
  }
}
