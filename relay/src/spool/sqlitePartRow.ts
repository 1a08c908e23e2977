import { type ChecksummedPart, checksumOf } from './checksum.ts'

/** A row of `parts`. Its columns are of these types by the table, and may have rotted into any other on the disk. */
export type PartRow = ChecksummedPart & { crc: number | null; attempts: number }

/** Who a part is of, for the books. */
export type PartOwner = Omit<ChecksummedPart, 'body'> & { bytes: number }

/** Whether it is what was stored, under the lane by which the index found it. */
export function isSound(row: PartRow, lane: string): boolean {
  const { app, batch, records, at, attempts, body, crc } = row
  if (row.lane !== lane || ![app, batch].every(text => typeof text === 'string')) return false
  if (![records, at, attempts].every(Number.isSafeInteger) || !(body instanceof Uint8Array)) return false
  return crc === null || crc === checksumOf(row)
}

/** Of a row that may have rotted, what another table takes. */
export function readOwner({ lane, app, batch, records, bytes, at }: PartOwner): PartOwner {
  return {
    lane: toText(lane),
    app: toText(app),
    batch: toText(batch),
    records: toCount(records),
    bytes: toCount(bytes),
    at,
  }
}

export function toCount(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : 'damaged'
}
