import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Something real that tests run against and that npm can't bring. */
export interface Part {
  /** As a person calls it, e.g. `Chromium`. */
  name: string
  /** Where it is, if it is there. */
  find(): string | undefined
  /** Gets it where that needs no question; otherwise does nothing. Whether it worked shows in `find()`. */
  install(context: InstallContext): Promise<void>
  /** For people: what to do by hand. */
  howToGet: string
}

export interface InstallContext {
  /** Told what is done: it may take minutes. */
  say(line: string): void
  /** Ends it. */
  signal: AbortSignal
}

/** The first of the names (or absolute paths) that can be run. */
export function findExecutable(names: readonly (string | undefined)[]): string | undefined {
  const dirs = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  for (const name of names) {
    if (!name) continue
    const candidates = name.includes('/') ? [name] : dirs.map(dir => join(dir, name))
    const found = candidates.find(isExecutable)
    if (found) return found
  }
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
