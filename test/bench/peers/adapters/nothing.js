let kept

/** The floor: what a call and its attributes cost with nobody to take them. */
export function start() {
  return {
    info(_message, attributes) {
      kept = attributes
    },
    kept: () => kept,
  }
}
