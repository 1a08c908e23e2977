import type { RelayProcess } from './relayProcess.ts'

export interface RecordFigures {
  received: number
  stored: number
  duplicate: number
  rejected: number
  pending: number
  /** Of `received = stored + duplicate + rejected + pending`: 0 when it holds. */
  difference: number
  /** Pushed again without knowing whether Loki has them. */
  unchecked: number
  repaired: number
  audits: number
  lost: number
  restored: number
}

/** Where the relay says that its records are, since its last start. */
export async function readFigures(relay: Pick<RelayProcess, 'metrics'>): Promise<RecordFigures> {
  const metrics = await relay.metrics()
  const sum = (name: string) => {
    const samples = [...metrics].filter(([sample]) => sample === name || sample.startsWith(`${name}{`))
    return samples.reduce((total, [, value]) => total + value, 0)
  }
  const records = (what: string) => sum(`loki_beacon_records_${what}`)
  const found = (result: string) => sum(`loki_beacon_audit_records_total{result="${result}"}`)
  const [received, pending] = [records('received_total'), records('pending')]
  const [stored, duplicate, rejected] = [records('stored_total'), records('duplicate_total'), records('rejected_total')]
  return {
    received,
    stored,
    duplicate,
    rejected,
    pending,
    difference: received - stored - duplicate - rejected - pending,
    unchecked: sum('loki_beacon_ambiguous_unchecked_total'),
    repaired: records('repaired_total'),
    audits: sum('loki_beacon_audit_passes_total'),
    lost: found('lost'),
    restored: found('restored'),
  }
}
