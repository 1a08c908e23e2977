/** Work shorter than this needs no word in between. */
const everyMs = 1000

/** Tells how far long work is, on standard error: `1,200 of 5,000 records put back`. */
export function startProgress(what: string): (done: number) => void {
  let toldAtMs = performance.now()
  return done => {
    if (performance.now() - toldAtMs < everyMs) return
    toldAtMs = performance.now()
    console.error(`${done.toLocaleString('en')} ${what}`)
  }
}
