import { SpoolBusyError } from './spool.ts'

/** Nothing more fits, by the quota or by the disk: https://www.sqlite.org/rescode.html#full */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 13
}

/** A table or an index lacks what another part of the file says is there. */
export class DamagedFileError extends Error {
  override name = 'DamagedFileError'
}

/**
 * What the file holds contradicts itself (https://www.sqlite.org/rescode.html#corrupt), or tells of more bytes than there
 * can be: then SQLite finds them too many, or no memory for them. Or of numbers that none of ours can become.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof DamagedFileError || isTooLargeNumber(error) || [7, 11, 18].includes(errorCode(error) ?? 0)
}

/** What else it says of a file that it could once open: no database, for reading only, not to be understood. */
export function isUnusable(error: unknown): boolean {
  return [1, 8, 26].includes(errorCode(error) ?? 0)
}

/** A row does not fit its table: https://www.sqlite.org/rescode.html#constraint */
export function isConstraint(error: unknown): boolean {
  return errorCode(error) === 19
}

export function busyError(file: string): SpoolBusyError {
  return new SpoolBusyError(
    `cannot open the spool ${file}: another process uses it. Stop that relay or command, or give this one another directory (RELAY_DATA_DIR, --data-dir)`,
  )
}

export function isBusy(error: unknown): boolean {
  return errorCode(error) === 5
}

/** Whatever it says while it reads, and nothing of our own. */
export function isOfDatabase(error: unknown): boolean {
  return errorCode(error) !== undefined || isTooLargeNumber(error)
}

/** A number that is read, and would not be exact: https://nodejs.org/api/sqlite.html#type-conversion-between-javascript-and-sqlite */
function isTooLargeNumber(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

function errorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return
  // The low byte is the primary code, the rest its extension.
  return Number(error.errcode) & 0xff
}
