/** Time as the stages see it; tests inject their own. */
export interface Clock {
  /** Wall time in ms since the epoch, with a fraction. Never goes back within a page. */
  wallMs(): number
  /** Time since some start, in ms, for measuring durations. */
  monotonicMs(): number
}

/** How far the wall clock may seem ahead of ours before we follow it, in ms: both are rounded, in Firefox to 1 ms each. */
const toleratedLagMs = 2

/**
 * `performance.now()` on top of the wall clock at the start: a fraction of a millisecond, and untouched when someone
 * sets the clock back. It stands still while the machine sleeps (https://github.com/w3c/hr-time/issues/115), which
 * shows as the wall clock running ahead: then we catch up, as we do if the page was held up while the two were first read.
 */
export function createClock(): Clock {
  const wallNow = Date.now
  const timer = performance
  let wallAtZeroMs = wallNow() - timer.now()
  return {
    wallMs() {
      const nowMs = wallAtZeroMs + timer.now()
      const lagMs = wallNow() - nowMs
      if (lagMs <= toleratedLagMs) return nowMs
      wallAtZeroMs += lagMs
      return nowMs + lagMs
    },
    monotonicMs: () => timer.now(),
  }
}
