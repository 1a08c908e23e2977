import type { Plugin } from '../plugin.ts'

/** An event for each session: counting these counts the sessions. */
export const sessionStart: Plugin = {
  name: 'session',
  enabled: true,
  fullOnly: true,
  start: host =>
    host.onSession(previous => {
      const attributes = previous ? { previous } : undefined
      host.record({ kind: 'event', level: 'info', message: 'session_start', attributes })
    }),
}
