import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Ran {
  code: number
  out: string
  err: string
  // biome-ignore lint/suspicious/noExplicitAny: asserted field by field
  json(): any
}

export interface RunOptions {
  /** Beside PATH this is all of its environment. */
  env?: Record<string, string>
  cwd?: string
  /** Standard input, which is no terminal. */
  input?: string
  /** A command that runs it, which follows as its arguments. */
  within?: readonly string[]
}

export const relayProgram = join(import.meta.dirname, '../../relay/dist/main.js')

/** A command of the built relay, as an operator's script would run it. */
export async function runCommand(
  args: readonly string[],
  { env, cwd, input = '', within = [] }: RunOptions = {},
): Promise<Ran> {
  const [command = '', ...rest] = [...within, process.execPath, relayProgram, ...args]
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, ...env },
    cwd,
    timeout: 60_000,
  })
  // It may end without having read all of it.
  child.stdin.on('error', () => {}).end(input)
  const [out, err, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number>(resolve => child.once('close', status => resolve(status ?? -1))),
  ])
  return { code, out: out.join(''), err: err.join(''), json: () => JSON.parse(out.join('')) }
}

/** The same on a terminal of its own, which `script` gives it. @returns all that it shows */
export async function runOnTerminal(
  args: readonly string[],
  { env, cwd }: Omit<RunOptions, 'input' | 'within'>,
): Promise<string> {
  const command = [process.execPath, relayProgram, ...args].map(word => `'${word}'`).join(' ')
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
  })
  return stdout
}
