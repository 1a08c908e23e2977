import { readdirSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'

export interface Stage {
  name: string
  /** The image or the stage that it begins with. */
  base: string
  instructions: Instruction[]
}

export interface Instruction {
  name: string
  /** `--from=build` as `from: 'build'`. */
  flags: Record<string, string>
  /** What follows the flags, as it stands there. */
  text: string
}

/** The part of a Dockerfile that ours uses: no variables, no here-documents. https://docs.docker.com/reference/dockerfile/ */
export function readDockerfile(file: string): Stage[] {
  const lines = readFileSync(file, 'utf8').replace(/^#.*\n/gm, '')
  const stages: Stage[] = []
  for (const line of lines.replaceAll(/\\\n\s*/g, '').split('\n')) {
    const [, name, rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (name === undefined) {
      if (line.trim() !== '') throw new Error(`${file}: no instruction: ${line}`)
      continue
    }
    if (name === 'FROM') {
      const [, base = rest, stage = String(stages.length)] = /^(\S+) AS (\S+)$/.exec(rest) ?? []
      stages.push({ name: stage, base, instructions: [] })
      continue
    }
    const [flagText = ''] = /^(--\S+ )*/.exec(rest) ?? []
    const flags = Object.fromEntries([...flagText.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key, value]) => [key, value]))
    stages.at(-1)?.instructions.push({ name, flags, text: rest.slice(flagText.length) })
  }
  return stages
}

/** Files of a build context, relative to it. Patterns as in ours: nothing is excepted below what is ignored. */
export function contextFiles(context: string): string[] {
  const patterns = readFileSync(join(context, '.dockerignore'), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => ({ keeps: line.startsWith('!'), glob: line.replace(/^!/, '') }))
  return list('')

  function list(folder: string): string[] {
    return readdirSync(join(context, folder), { withFileTypes: true }).flatMap(entry => {
      const path = join(folder, entry.name)
      // The last pattern decides; without one, a file goes with its folder.
      if (patterns.findLast(({ glob }) => matchesGlob(path, glob))?.keeps === false) return []
      return entry.isDirectory() ? list(path) : [path]
    })
  }
}
