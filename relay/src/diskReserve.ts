/** What the spool leaves free on its disk, in bytes: on a disk without any room SQLite could not even delete. */
export const diskReserveBytes = 64 * 1024 ** 2

/** As options and messages spell sizes. */
export function inMebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`
}
