import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DeclaredTest, declaredTests } from './declaredTests.ts'

const marker = '<!-- faults -->'
const page = 'docs/delivery.md'
const folder = 'test/promise/'
const engines = ['Chromium', 'Firefox', 'WebKit']

interface Row {
  at: string
  links: { file: string; words: string }[]
  engines: readonly string[]
}

/**
 * Holds the table below `<!-- faults -->` to the tests, and these to the table. The last column of a row says what
 * proves it, `[killed](../test/promise/killed.test.ts "words of a test's name")`, without words all tests of the file:
 * in every engine, or those of `in Chromium and Firefox: why`. What can't be tested says `no test: why`.
 */
export async function checkFaultTable(repository: string, files: readonly string[]): Promise<string[]> {
  const rows = readRows(readFileSync(join(repository, page), 'utf8'))
  const promises = files.filter(file => file.startsWith(folder) && file.endsWith('.test.ts'))
  const linked = rows
    .flatMap(({ links }) => links.map(({ file }) => file))
    .filter(file => existsSync(join(repository, file)))
  const tests = await declaredTests(repository, [...new Set([...linked, ...promises])])
  return compareTable(rows, tests)
}

export function compareTable(rows: readonly Row[], tests: readonly DeclaredTest[]): string[] {
  return [
    ...(rows.length ? [] : [`${page} has no table below ${marker}`]),
    ...rows.flatMap(row => checkRow(row, tests)),
    ...checkTests(rows, tests),
  ]
}

function checkTests(rows: readonly Row[], tests: readonly DeclaredTest[]): string[] {
  const links = rows.flatMap(row => row.links)
  const unnamed = tests.filter(test => test.file.startsWith(folder) && !links.some(link => proves(test, link)))
  return [...Map.groupBy(unnamed, ({ file }) => file)].map(([file, ofFile]) => {
    const names = new Set(ofFile.map(({ name, engine }) => `\n  ${engine ? name.replace(engine, '...') : name}`))
    return (
      `${file} has tests in no row of the table in ${page}. Add [name](../${file}) to the row that all of them prove, ` +
      `[name](../${file} "words of a test's name") to the row of one, or a row:${[...names].join('')}`
    )
  })
}

function checkRow({ at, links, engines: claimed }: Row, tests: readonly DeclaredTest[]): string[] {
  const lost = links.filter(link => !tests.some(test => proves(test, link)))
  if (lost.length > 0)
    return lost.map(({ file, words }) => {
      const names = tests.filter(test => test.file === file).map(({ name }) => `\n  ${name}`)
      return `${at}: there is no test ${words ? `with "${words}" in its name` : ''} in ${file}; there are:${names.join('')}`
    })
  const covered = new Set(tests.filter(test => links.some(link => proves(test, link))).map(({ engine }) => engine))
  const missing = claimed.filter(engine => !covered.has(engine.toLowerCase()))
  if (missing.length === 0) return []
  return [
    `${at}: none of its tests runs in ${missing.join(' or ')}: put one that does into the last column, such as ` +
      '[killed](../test/promise/killed.test.ts "words of its name"), or say behind the links in which engines they ' +
      'run, and why in no other: "in Chromium and Firefox: why"; or "no test: why"',
  ]
}

export function readRows(markdown: string): Row[] {
  const lines = markdown.split('\n')
  const start = lines.indexOf(marker)
  const table = lines.findIndex((line, index) => index > start && line.startsWith('|'))
  if (start < 0 || table < 0) return []
  const end = lines.findIndex((line, index) => index > table && !line.startsWith('|'))
  return lines.slice(table + 2, end < 0 ? undefined : end).map((line, index) => {
    const cells = line.split('|').slice(1, -1)
    const proof = cells.at(-1) ?? ''
    const links = [...proof.matchAll(/\]\(\.\.\/([^)\s]+)(?:\s+"([^"]*)")?\)/g)]
    const named = /\bin ((?:Chromium|Firefox|WebKit|, | and )+)/.exec(proof.replaceAll(/\[[^\]]*\]\([^)]*\)/g, ''))?.[1]
    const needsTest = !/\bno test: \S/.test(proof)
    return {
      at: `${page}:${table + 3 + index} "${(cells[0] ?? '').trim()}"`,
      links: links.map(([, file = '', words = '']) => ({ file, words })),
      engines: needsTest ? engines.filter(engine => named?.includes(engine) ?? true) : [],
    }
  })
}

function proves(test: DeclaredTest, { file, words }: { file: string; words: string }): boolean {
  return test.file === file && test.name.includes(words)
}
