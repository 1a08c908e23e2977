import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fish } from '../parts/fish.ts'

/** What fish offers behind this line, without the descriptions. */
export async function completeInFish(script: string, typed: string, dir: string): Promise<string[]> {
  const program = fish.find()
  if (!program) throw new Error(`${fish.name} is missing: ${fish.howToGet}`)
  const file = join(dir, 'completion.fish')
  await writeFile(file, script)
  const args = ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', file, typed]
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: dir, timeout: 30_000, env: { PATH: process.env.PATH, HOME: dir } }, (error, out) => {
      if (error) reject(error)
      else
        resolve(
          out
            .split('\n')
            .filter(Boolean)
            .map(line => line.split('\t')[0]!),
        )
    })
  })
}
