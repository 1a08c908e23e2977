/** A signal that would have ended the process, kept until somebody can act on it. */
export interface HeldSignal {
  /** Calls back at each one from now on, and for those that came before once. */
  take(onSignal: () => void): void
  /** It ends the process again, at once if it came meanwhile. */
  release(): void
}

export function holdSignal(signal: NodeJS.Signals): HeldSignal {
  let came = false
  let act = () => {
    came = true
  }
  const listener = () => act()
  process.on(signal, listener)
  return {
    take(onSignal) {
      act = onSignal
      if (came) onSignal()
    },
    release() {
      process.off(signal, listener)
      if (came) process.kill(process.pid, signal)
    },
  }
}
