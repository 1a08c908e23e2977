import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { diskReserveBytes, inMebibytes } from '../diskReserve.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** Whether the spool can be written, and the disk has room for all that it may take. */
export async function checkDirectory({ dir, maxBytes }: { dir: string; maxBytes: number }): Promise<Finding> {
  for (let path = resolve(dir); ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK)
      return await checkRoom(path, { dir, maxBytes })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' && path !== dirname(path)) continue
      return failed(
        `spool: ${dir} can't be written (${code})`,
        'set RELAY_DATA_DIR (--data-dir) to a directory of this user',
      )
    }
  }
}

/** `path` is on its disk, whether the directory itself is there or not. */
async function checkRoom(path: string, { dir, maxBytes }: { dir: string; maxBytes: number }): Promise<Finding> {
  const { bavail, bsize } = await statfs(path)
  const freeBytes = bavail * bsize
  const reserve = inMebibytes(diskReserveBytes)
  if (freeBytes < diskReserveBytes)
    return failed(
      `spool: less than ${reserve} are free on the disk of ${dir} (${inMebibytes(freeBytes)}), so pages are answered 503`,
      'make room, or set RELAY_DATA_DIR (--data-dir) to a directory on another disk',
    )
  const file = await stat(join(dir, 'spool.sqlite')).catch(() => undefined)
  const wantedBytes = maxBytes - (file?.size ?? 0)
  if (freeBytes - diskReserveBytes < wantedBytes)
    return warning(
      `spool: ${inMebibytes(freeBytes)} are free on the disk of ${dir}, less than it still wants: ${inMebibytes(wantedBytes)} up to spool.maxBytes, and ${reserve} that stay free`,
      'make room, or lower spool.maxBytes (RELAY_SPOOL_MAX_BYTES)',
    )
  return ok(`spool: ${dir} can be written`)
}
