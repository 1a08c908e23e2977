/**
 * Wraps a function of ours that the page or the browser calls: what it throws goes to `onFault` and never further.
 * A fault of `onFault` itself is swallowed.
 */
export function guard<Args extends unknown[]>(
  work: (...args: Args) => void,
  onFault?: (fault: unknown) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      work(...args)
    } catch (fault) {
      try {
        onFault?.(fault)
      } catch {
        // Nobody is left to be told.
      }
    }
  }
}
