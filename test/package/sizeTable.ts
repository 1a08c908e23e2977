import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EntrySize } from './sizes.ts'

const marker = '<!-- sizes -->'

/** Less than a reader would care about, and more than the rounding of a table that was right when it was written. */
const toleranceKb = 0.15

/**
 * A number in prose drifts, so a table of sizes is held to the build: below the line `<!-- sizes -->`,
 * each row names an entry in backquotes in its first column and kilobytes of gzip (`5.4 KB`) in a later one.
 */
export function checkSizeTables(repository: string, files: readonly string[], sizes: readonly EntrySize[]): string[] {
  return files
    .filter(file => file.endsWith('.md'))
    .flatMap(file => {
      const lines = readFileSync(join(repository, file), 'utf8').split('\n')
      const start = lines.indexOf(marker)
      return start < 0
        ? []
        : lines.flatMap((line, index) => (index > start ? checkRow(line, sizes) : [])).map(at => `${file}: ${at}`)
    })
}

function checkRow(line: string, sizes: readonly EntrySize[]): string[] {
  const entry = /^\|\s*`([^`]+)`/.exec(line)?.[1]
  if (entry === undefined) return []
  const size = sizes.find(candidate => candidate.entry === entry)
  if (!size) return []
  const written = /([\d.]+) KB/.exec(line)?.[1]
  const measured = size.gzipBytes / 1000
  return Math.abs(Number(written) - measured) <= toleranceKb
    ? []
    : [`${entry} is said to be ${written ?? '?'} KB, and is ${measured.toFixed(1)} KB`]
}
