import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { importCycles } from './importCycles.ts'
import { type ImportRules, leaf } from './importRules.ts'
import { importsOf } from './importsOf.ts'

/** What is wrong with the imports of one package: direction, packages, cycles. Paths are relative to `repository`. */
export function checkImports(repository: string, rules: ImportRules): string[] {
  const root = join(repository, rules.root)
  const files = globSync('**/*.ts', { cwd: root }).map(file => file.split(sep).join('/'))
  const dependencies = [...dependenciesOf(join(root, '../package.json')), ...rules.packages]
  const graph = new Map<string, string[]>()
  const problems: string[] = []

  for (const file of files.sort()) {
    const from = zoneOf(file, rules)
    const report = (problem: string) => problems.push(`${rules.root}/${file} ${problem}`)
    if (from === undefined) report('is in no zone: name it in test/package/importRules.ts')
    const imported: string[] = []
    for (const specifier of importsOf(join(root, file))) {
      if (!specifier.startsWith('.')) {
        if (!isAllowedPackage(specifier, [...dependencies, ...(rules.peers?.[from ?? ''] ?? [])]))
          report(`imports ${specifier}, which its package.json does not name`)
        continue
      }
      const target = relative(root, resolve(root, dirname(file), specifier))
        .split(sep)
        .join('/')
      if (target.startsWith('..')) {
        report(`imports ${specifier}, outside of ${rules.root}`)
        continue
      }
      imported.push(target)
      if (!existsSync(join(root, target))) report(`imports ${specifier}, which is not there`)
      const to = zoneOf(target, rules)
      if (from !== undefined && to !== undefined && !mayImport(from, to, rules))
        report(`(${from}) imports ${target} (${to}); ${from} may import ${reach(from, rules).join(', ') || 'nothing'}`)
    }
    graph.set(file, imported)
  }
  for (const cycle of importCycles(graph)) problems.push(`${rules.root}: cycle ${[...cycle, cycle[0]].join(' -> ')}`)
  return [...problems, ...valueImports(root, files, rules)]
}

/** A package that is allowed for its types must not be there at run time. */
function valueImports(root: string, files: readonly string[], rules: ImportRules): string[] {
  return files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return rules.packages
      .filter(name => new RegExp(`^(?:import|export) (?!type )[^;]*? from '${name}'`, 'm').test(text))
      .map(name => `${rules.root}/${file} imports ${name} for more than its types`)
  })
}

function mayImport(from: string, to: string, rules: ImportRules): boolean {
  return from === to || reach(from, rules).includes(to)
}

function reach(from: string, rules: ImportRules): string[] {
  return [...(rules.allowed[from] ?? []), ...(from === leaf || rules.alone.includes(from) ? [] : [leaf])]
}

/** The zone of the file itself, where one is named, or else that of its folder. */
function zoneOf(file: string, rules: ImportRules): string | undefined {
  const folder = file.slice(0, file.indexOf('/') + 1)
  const name = [file, folder].find(candidate => Object.hasOwn(rules.zones, candidate))
  if (name === undefined) return folder === '' ? leaf : undefined
  return rules.zones[name]
}

function dependenciesOf(packageFile: string): string[] {
  const { dependencies } = JSON.parse(readFileSync(packageFile, 'utf8')) as { dependencies?: Record<string, string> }
  return Object.keys(dependencies ?? {})
}

function isAllowedPackage(specifier: string, dependencies: readonly string[]): boolean {
  if (specifier.startsWith('node:')) return true
  return dependencies.some(name => specifier === name || specifier.startsWith(`${name}/`))
}
