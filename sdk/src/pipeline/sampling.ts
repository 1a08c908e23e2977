import type { Config } from '../config.ts'
import type { Stage } from './stage.ts'

export interface Sampling {
  /** Whether the running session is one of those that are recorded. */
  isSampled(): boolean
  /** Drops what is not in the sample, and never an exception. Undefined where all is. */
  stage: Stage | undefined
}

/** An event whose number is that of the sessions: of those that are recorded none may be missing. */
const sessionStart = 'session_start'

/**
 * By session: its id decides, so that all tabs and reloads agree; what is an error by its level is kept of every session.
 * By level: chance does, for each record.
 *
 * @param id The session's, or another that lasts as long as can be: random hexadecimal digits.
 */
export function createSampling(
  { sampleRate, levelSampleRates }: Pick<Config, 'sampleRate' | 'levelSampleRates'>,
  id: () => string,
  random: () => number = Math.random,
): Sampling {
  // The id is nothing but chance, and needs no hash.
  const isSampled = () => sampleRate >= 1 || Number.parseInt(id().slice(0, 8), 16) / 2 ** 32 < sampleRate
  const isNeeded = sampleRate < 1 || Object.keys(levelSampleRates).length > 0
  const stage: Stage = record => {
    if (record.kind === 'exception') return record
    const { level, message } = record
    if (level !== 'error' && level !== 'fatal' && !isSampled()) return 'sample_rate'
    const rate = levelSampleRates[level]
    return rate !== undefined && random() >= rate && message !== sessionStart ? 'sample_rate' : record
  }
  return { isSampled, stage: isNeeded ? stage : undefined }
}
