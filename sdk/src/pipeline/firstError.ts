import type { Stage } from './stage.ts'

/**
 * Marks the first exception of each session. After whatever may still drop it, or a session with errors would pass for
 * one without.
 *
 * @param mark Whether this is the first; true once.
 */
export function createFirstError(mark: () => boolean): Stage {
  return record => (record.kind === 'exception' && mark() ? { ...record, sessionFirstError: true } : record)
}
