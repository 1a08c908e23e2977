import type { Consent } from '../batch.ts'
import type { Config } from '../config.ts'
import type { HookFault } from '../hookFault.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'

export interface Sinks {
  /** Whether a sink is running: what it logs is sent, and told to none, or it would never end. */
  isTelling(): boolean
  /** Tells of a record that will be sent as it is. */
  tell(line: string): void
  /** Until it is granted the records wait here, too. */
  setConsent(consent: Consent): void
}

/** Records that wait for consent. More are sent once it is granted, and not told. */
const maxHeld = 1000

/** The host's other outputs. Each gets a copy, made of the very line: what it does with that changes nothing. */
export function createSinks(
  sinks: Config['sinks'],
  hookFault: HookFault,
  { parse }: Pick<NativeMethods, 'parse'>,
): Sinks {
  const listeners = sinks.map(sink => ({ sink, onFault: hookFault('sinks', 'the others go on') }))
  let held: string[] | undefined
  let telling = false

  return {
    isTelling: () => telling,
    tell,
    setConsent(consent) {
      const lines = held ?? []
      held = consent === 'granted' ? undefined : consent === 'pending' ? lines : []
      if (!held) for (const line of lines) tell(line)
    },
  }

  function tell(line: string): void {
    if (held) {
      if (held.length < maxHeld) held.push(line)
      return
    }
    telling = true
    for (const { sink, onFault } of listeners) {
      try {
        // A rejection that nobody handles would be captured, and told to the sink.
        Promise.resolve(sink(parse(line))).catch(onFault)
      } catch (cause) {
        onFault(cause)
      }
    }
    telling = false
  }
}
