import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Finding, failed, ok } from './finding.ts'

export async function checkDirectory(dir: string): Promise<Finding> {
  for (let path = resolve(dir); ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK)
      return ok(`spool: ${dir} can be written`)
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
