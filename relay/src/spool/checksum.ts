import { crc32 } from 'node:zlib'

/** What must not have changed between storing a part and pushing it. */
export interface ChecksummedPart {
  lane: string
  app: string
  batch: string
  records: number
  /** When it was stored, in ms since the epoch. */
  at: number
  body: Uint8Array
}

/** SQLite checks its log, and not its file: a bit that rots there would reach Loki as another record. */
export function checksumOf({ lane, app, batch, records, at, body }: ChecksummedPart): number {
  return crc32(body, crc32(`${lane}\n${app}\n${batch}\n${records}\n${at}`))
}
