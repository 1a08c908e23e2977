import { exitCodes } from './exitCodes.ts'

/** What keeps a command from doing its work, in words that say how to mend it. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number

  /** `usage`: the command line itself is wrong, whatever the state of things. */
  constructor(message: string, kind: 'failed' | 'usage' = 'failed') {
    super(message)
    this.exitCode = exitCodes[kind]
  }
}
