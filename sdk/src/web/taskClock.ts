import type { Clock } from './clock.ts'

/** So many readings of a task are exact; above that, one in `exactEvery`. */
const exactReadings = 16
const exactEvery = 8

/**
 * The wall clock for code that may ask ten thousand times in one loop, where reading it costs more than the rest.
 * Few readings in a task, which is what pages do, are all exact; a loop gets times a few microseconds old.
 */
export function createTaskClock(clock: Clock, queueMicrotask: (callback: () => void) => void): () => number {
  let readings = 0
  let latestMs = 0
  const nextTask = () => {
    readings = 0
  }
  return () => {
    if (readings === exactReadings) queueMicrotask(nextTask)
    if (readings++ < exactReadings || readings % exactEvery === 0) latestMs = clock.wallMs()
    return latestMs
  }
}
