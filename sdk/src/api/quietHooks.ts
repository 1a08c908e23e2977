import type { Config } from '../config.ts'

export interface QuietHooks {
  /** The configuration, with each function of the host's in it wrapped. */
  config: Config
  wrap<Hook>(hook: Hook): Hook
  /** Whether one of them is running. */
  areRunning(): boolean
}

/**
 * Knows when the host's own hooks run. What they print is not captured: a record of it would come back to `beforeSend`,
 * which would print again, for ever.
 */
export function quietHooks(given: Config): QuietHooks {
  let running = 0
  const config: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) config[name] = Array.isArray(value) ? value.map(wrap) : wrap(value)
  return { config: config as unknown as Config, wrap, areRunning: () => running > 0 }

  function wrap<Hook>(hook: Hook): Hook {
    if (typeof hook !== 'function') return hook
    const wrapped = (...args: unknown[]) => {
      running++
      try {
        return hook(...args)
      } finally {
        running--
      }
    }
    return wrapped as Hook
  }
}
