import type { Clock } from './clock.ts'

/** So many readings of a task are exact; above that, the first of each millisecond. */
const exactReadings = 16

/**
 * The wall clock for code that may ask ten thousand times in one loop, where reading it costs more than the rest.
 * Few readings in a task, which is what pages do, are all exact; in a loop one may be up to a millisecond old, however
 * long the page was held up in between.
 *
 * @param coarseMs A cheap clock, in whole ms.
 */
export function createTaskClock(
  clock: Clock,
  queueMicrotask: (callback: () => void) => void,
  coarseMs: () => number = Date.now,
): () => number {
  let readings = 0
  let latestMs = 0
  let latestCoarseMs = 0
  const nextTask = () => {
    readings = 0
  }
  return () => {
    if (readings === exactReadings) queueMicrotask(nextTask)
    const nowCoarseMs = coarseMs()
    if (readings++ < exactReadings || nowCoarseMs !== latestCoarseMs) {
      latestMs = clock.wallMs()
      latestCoarseMs = nowCoarseMs
    }
    return latestMs
  }
}
