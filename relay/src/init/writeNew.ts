import { randomUUID } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { CommandError } from '../cli/commandError.ts'

/** It holds a secret. */
const ownerOnly = 0o600

/** Writes the file as a whole or not at all. Without `force` a file that is there stays as it is. */
export async function writeNew(file: string, text: string, { force = false }: { force?: boolean }): Promise<void> {
  const draft = `${file}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx', mode: ownerOnly })
    // A link never replaces what is there, and a renamed file always does.
    if (force) await rename(draft, file)
    else await link(draft, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new CommandError(`${file} is there already: give --force to overwrite it, or name another file`)
    throw new CommandError(`${file} can't be written (${code}): name a file in a directory of this user`)
  } finally {
    await rm(draft, { force: true })
  }
}
