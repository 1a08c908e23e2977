import type { Fault } from './batch.ts'
import { BeaconError, type BeaconErrorCode } from './errors.ts'

/** What is wrong with delivery. A fault that lasts is reported once, until it has healed. */
export interface Faults {
  note(fault: Fault): void
  heal(...codes: BeaconErrorCode[]): void
  /** The last fault, until a batch is delivered. */
  last(): Fault | undefined
  delivered(): void
}

/** Faults that are over once the relay takes a batch. */
const healedByDelivery: BeaconErrorCode[] = ['network_error', 'relay_error', 'token_rejected']

export function createFaults(report: (error: BeaconError) => void): Faults {
  const reported = new Set<BeaconErrorCode>()
  let last: Fault | undefined
  return {
    note(fault) {
      last = fault
      if (reported.has(fault.code)) return
      reported.add(fault.code)
      report(new BeaconError(fault.code, fault.message))
    },
    heal,
    last: () => last,
    delivered() {
      last = undefined
      heal(...healedByDelivery)
    },
  }

  function heal(...codes: BeaconErrorCode[]): void {
    for (const code of codes) reported.delete(code)
  }
}
