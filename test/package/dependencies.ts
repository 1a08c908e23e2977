import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable, placeGenerated } from './generatedText.ts'

interface Installed {
  name: string
  version: string
  license: string
  /** Of its files. */
  bytes: number
  dependencies: string[]
}

const document = 'docs/dependencies.md'

/** Only what asks nothing of whoever installs it. */
const allowedLicences = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'BlueOak-1.0.0']

/**
 * docs/dependencies.md has a table of what the packages bring along at run time, as it is installed, and beside it, by hand,
 * a reason for each.
 */
export function checkDependencies(repository: string): string[] {
  const text = readFileSync(join(repository, document), 'utf8')
  const problems = write(repository, text) === text ? [] : [`${document} is not what is installed: npm run docs`]
  for (const workspace of workspaces) {
    const direct = directOf(repository, workspace)
    const explained = reasonsOf(text, workspace)
    for (const name of direct.filter(name => !explained.includes(name)))
      problems.push(`${document} has no reason for ${name} of the ${workspace}`)
    for (const name of explained.filter(name => !direct.includes(name)))
      problems.push(`${document} has a reason for ${name}, which the ${workspace} does not need at run time`)
    for (const { name, license } of closureOf(repository, direct))
      if (!allowedLicences.includes(license)) problems.push(`${name} of the ${workspace} has the licence ${license}`)
  }
  return problems
}

const workspaces = ['relay', 'sdk'] as const

function write(repository: string, text: string): string {
  return workspaces.reduce((written, workspace) => {
    const rows = directOf(repository, workspace).map(name => {
      const { version, license } = installed(repository, name)
      const closure = closureOf(repository, [name])
      const kilobytes = Math.round(closure.reduce((sum, { bytes }) => sum + bytes, 0) / 1024)
      return [`\`${name}\``, version, license, `${kilobytes.toLocaleString('en')} KB`, String(closure.length - 1)]
    })
    const head = ['Package', 'Version', 'Licence', 'Installed, with all it brings', 'Packages it brings']
    return placeGenerated(document, written, `dependencies of ${workspace}`, markdownTable(head, rows))
  }, text)
}

function directOf(repository: string, workspace: string): string[] {
  const { dependencies } = readJson(join(repository, workspace, 'package.json')) as { dependencies: object }
  return Object.keys(dependencies).sort()
}

/** First cells of the rows below `<!-- reasons of relay -->`, as far as the table goes. */
function reasonsOf(text: string, workspace: string): string[] {
  const [, table = ''] = text.split(`<!-- reasons of ${workspace} -->\n`)
  const rows = /^\n*((?:\|.*\n)*)/.exec(table)?.[1] ?? ''
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
}

/** These and whatever they need, each once. */
function closureOf(repository: string, names: readonly string[]): Installed[] {
  const found = new Map<string, Installed>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    const one = installed(repository, name)
    found.set(name, one)
    open.push(...one.dependencies)
  }
  return [...found.values()]
}

function installed(repository: string, name: string): Installed {
  const folder = join(repository, 'node_modules', name)
  const manifest = readJson(join(folder, 'package.json')) as Partial<Installed> & { dependencies?: object }
  const files = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: ['node_modules'] }).filter(entry =>
    entry.isFile(),
  )
  return {
    name,
    version: manifest.version ?? '',
    license: manifest.license ?? 'none',
    bytes: files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0),
    dependencies: Object.keys(manifest.dependencies ?? {}),
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

if (import.meta.main) {
  const repository = join(import.meta.dirname, '../..')
  const path = join(repository, document)
  writeFileSync(path, write(repository, readFileSync(path, 'utf8')))
}
