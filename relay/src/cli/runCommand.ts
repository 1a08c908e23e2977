import { CommandError } from './commandError.ts'
import { exitCodes } from './exitCodes.ts'
import { printError } from './paint.ts'

/**
 * Data goes to standard output, words about trouble and progress to standard error, and what went wrong into the exit code.
 * `debug` shows where an error that no command has words for came from.
 */
export async function runCommand(work: () => Promise<void>, { debug = false } = {}): Promise<void> {
  try {
    await work()
  } catch (error) {
    process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failed
    printError(error instanceof Error ? error.message : String(error))
    if (debug && error instanceof Error && !(error instanceof CommandError)) console.error(error.stack)
  }
}
