import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { libfaketime } from '../parts/libfaketime.ts'
import { tempDir } from './tempDir.ts'

export interface WallClock {
  /** Environment of the process that is to have it. */
  env: Record<string, string>
  /** Sets it to so many ms beside the machine's own, at once. */
  shift(ms: number): void
}

/**
 * The wall clock of another process, which can jump while it runs, as one that an operator or NTP sets does. A library
 * between the process and libc answers for the clock, so all of it sees the jump: V8, its threads, SQLite. The monotonic
 * clock, by which timers run, goes on as it does on a real machine.
 */
export async function createWallClock(t: TestContext): Promise<WallClock> {
  const library = libfaketime.find()
  if (!library) throw new Error(`${libfaketime.name} is missing: ${libfaketime.howToGet}`)
  const file = join(await tempDir(t), 'shift')
  const shift = (ms: number) => writeFileSync(file, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}`)
  shift(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    shift,
  }
}
