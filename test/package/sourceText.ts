import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const code = /\.(ts|mts|cts|js|mjs|cjs|json|css|html|ya?ml|sh)$|^\.ci\/|(^|\/)Dockerfile$/
const text = /\.(ts|mts|cts|js|mjs|cjs|json|css|html|ya?ml|sh|md|txt|mod|sum)$|^\.|(^|\/)(Dockerfile|LICENSE)$/

const beyondAscii = /[^\t\r -~]/u
const invisible = /[^\P{C}\t\r]|[\p{Z}--[ ]]/v

/** Places of one machine, which mean nothing on another. */
const machinePaths = /(?<![\w.@:-])\/(?:root|work|home\/[a-z][\w-]*|Users\/[A-Za-z][\w-]*)\/[\w.-]/
const privateHosts = /https?:\/\/(?:[\w-]+\.)*(?:internal|corp|lan)\b/

/**
 * Code is ASCII, so that no look-alike or invisible character hides in it (https://trojansource.codes/);
 * tests may show the characters they are about, if one can see them. No file names a place on somebody's machine.
 */
export function checkSourceText(repository: string, files: readonly string[]): string[] {
  return files
    .filter(file => code.test(file) || text.test(file))
    .flatMap(file => {
      const lines = readFileSync(join(repository, file), 'utf8').split('\n')
      return lines.flatMap((line, index) => {
        const at = `${file}:${index + 1}`
        const problems: string[] = []
        const strange = isCode(file) && firstMatch(line, file.startsWith('test/') ? invisible : beyondAscii)
        if (strange) problems.push(`${at} has ${strange}: write it as an escape, or in ASCII`)
        const leak = machinePaths.exec(line) ?? privateHosts.exec(line)
        if (leak) problems.push(`${at} names ${leak[0]}..., a place on one machine`)
        return problems
      })
    })
}

interface LockedPackage {
  resolved?: string
  link?: boolean
  integrity?: string
  optional?: boolean
  os?: string[]
  optionalDependencies?: Record<string, string>
}

/**
 * `npm ci` must work anywhere: no address of any registry; a checksum for every package but those of other systems,
 * which nobody here installs; and an entry for each of these, since without it `npm ci` refuses
 * (https://github.com/npm/cli/issues/4828).
 */
export function checkLockfile(lockfile: string, file = 'package-lock.json'): string[] {
  const { packages = {} } = JSON.parse(lockfile) as { packages?: Record<string, LockedPackage> }
  return Object.entries(packages).flatMap(
    ([path, { resolved, link, integrity, optional, os, optionalDependencies }]) => {
      const problems = Object.keys(optionalDependencies ?? {})
        .filter(name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
        .map(name => `${file}: ${path} may need ${name}, which has no entry`)
      if (!path.includes('node_modules/') || link) return problems
      if (resolved?.startsWith('http')) problems.push(`${file}: ${path} names a registry`)
      if (!integrity && !(optional && os)) problems.push(`${file}: ${path} has no checksum`)
      return problems
    },
  )
}

/** Data of tests holds whatever the tests are about. */
function isCode(file: string): boolean {
  return code.test(file) && !(file.startsWith('test/') && file.endsWith('.json'))
}

function firstMatch(line: string, characters: RegExp): string | undefined {
  const point = characters.exec(line)?.[0].codePointAt(0)
  return point === undefined ? undefined : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
}
