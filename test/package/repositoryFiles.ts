import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Every file that is, or would be, committed; relative to the repository. */
export function repositoryFiles(repository: string): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  // Deleted files stay listed until the deletion is committed.
  return [...new Set(list.split('\0').filter(file => file !== '' && existsSync(join(repository, file))))].sort()
}
