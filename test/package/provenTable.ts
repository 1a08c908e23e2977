import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DeclaredTest, declaredTests } from './declaredTests.ts'

/** A table in the docs whose last column says what proves each row. */
export interface ProvenTable {
  page: string
  /** The line above it. */
  marker: string
  /** Each test in here belongs to a row. */
  folder: string
  /** Where a row holds unless it says otherwise; none where its tests know no engines. */
  engines: readonly string[]
}

export const faultTable: ProvenTable = {
  page: 'docs/delivery.md',
  marker: '<!-- faults -->',
  folder: 'test/promise/',
  engines: ['Chromium', 'Firefox', 'WebKit'],
}

export const threatTable: ProvenTable = {
  page: 'docs/threats.md',
  marker: '<!-- threats -->',
  folder: 'test/relay/threats/',
  engines: [],
}

interface Row {
  at: string
  links: { file: string; words: string }[]
  needsTest: boolean
  engines: readonly string[]
}

/**
 * Holds the table below its marker to the tests, and these to the table. The last column of a row says what
 * proves it, `[killed](../test/promise/killed.test.ts "words of a test's name")`, without words all tests of the file:
 * in every engine, or those of `in Chromium and Firefox: why`. What can't be tested says `no test: why`.
 */
export async function checkProvenTable(
  repository: string,
  files: readonly string[],
  table: ProvenTable,
): Promise<string[]> {
  const rows = readRows(readFileSync(join(repository, table.page), 'utf8'), table)
  const ofFolder = files.filter(file => file.startsWith(table.folder) && file.endsWith('.test.ts'))
  const linked = rows
    .flatMap(({ links }) => links.map(({ file }) => file))
    .filter(file => existsSync(join(repository, file)))
  const tests = await declaredTests(repository, [...new Set([...linked, ...ofFolder])])
  return compareTable(rows, tests, table)
}

export function compareTable(rows: readonly Row[], tests: readonly DeclaredTest[], table: ProvenTable): string[] {
  return [
    ...(rows.length ? [] : [`${table.page} has no table below ${table.marker}`]),
    ...rows.flatMap(row => checkRow(row, tests)),
    ...checkTests(rows, tests, table),
  ]
}

function checkTests(rows: readonly Row[], tests: readonly DeclaredTest[], { page, folder }: ProvenTable): string[] {
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

function checkRow({ at, links, needsTest, engines: claimed }: Row, tests: readonly DeclaredTest[]): string[] {
  const lost = links.filter(link => !tests.some(test => proves(test, link)))
  if (lost.length > 0)
    return lost.map(({ file, words }) => {
      const names = tests.filter(test => test.file === file).map(({ name }) => `\n  ${name}`)
      return `${at}: there is no test ${words ? `with "${words}" in its name` : ''} in ${file}; there are:${names.join('')}`
    })
  const covered = new Set(tests.filter(test => links.some(link => proves(test, link))).map(({ engine }) => engine))
  const missing = claimed.filter(engine => !covered.has(engine.toLowerCase()))
  if (missing.length > 0)
    return [
      `${at}: none of its tests runs in ${missing.join(' or ')}: put one that does into the last column, such as ` +
        '[killed](../test/promise/killed.test.ts "words of its name"), or say behind the links in which engines they ' +
        'run, and why in no other: "in Chromium and Firefox: why"; or "no test: why"',
    ]
  if (links.length > 0 || !needsTest) return []
  return [
    `${at}: names no test: put [name](../path.test.ts "words of its name") into the last column, or "no test: why"`,
  ]
}

export function readRows(markdown: string, { page, marker, engines }: ProvenTable): Row[] {
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
      needsTest,
      engines: needsTest ? engines.filter(engine => named?.includes(engine) ?? true) : [],
    }
  })
}

function proves(test: DeclaredTest, { file, words }: { file: string; words: string }): boolean {
  return test.file === file && test.name.includes(words)
}
