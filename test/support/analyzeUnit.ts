import { execFile } from 'node:child_process'
import { systemdAnalyze } from '../parts/systemdAnalyze.ts'

/** What `systemd-analyze` says, and its exit code. It looks at files alone: no systemd has to run. */
export function analyzeUnit(...args: string[]): Promise<{ code: number; output: string }> {
  const program = systemdAnalyze.find()
  if (!program) throw new Error(`${systemdAnalyze.name} is missing: ${systemdAnalyze.howToGet}`)
  return new Promise(resolve => {
    execFile(program, args, { timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, output: `${out}${err}` }),
    )
  })
}
