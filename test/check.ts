import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { checkDashboards } from './package/dashboards.ts'
import { checkDependencies } from './package/dependencies.ts'
import { checkDocExamples } from './package/docExamples.ts'
import { checkDocLinks } from './package/docLinks.ts'
import { checkDocSources } from './package/docSources.ts'
import { relayRules, sdkRules } from './package/importRules.ts'
import { checkImports } from './package/imports.ts'
import { checkProvenTable, faultTable, threatTable } from './package/provenTable.ts'
import { checkRelayReference } from './package/relayReference.ts'
import { repositoryFiles } from './package/repositoryFiles.ts'
import { checkSdkReference } from './package/sdkReference.ts'
import { checkSizes, measureSizes } from './package/sizes.ts'
import { checkSizeTables } from './package/sizeTable.ts'
import { checkLockfile, checkSourceText } from './package/sourceText.ts'
import { buildWhenStale } from './runner/buildWhenStale.ts'

interface Check {
  name: string
  /** What is wrong; empty when nothing is. */
  run(): Promise<string[]> | string[]
}

const repository = join(import.meta.dirname, '..')

process.exitCode = await main()

/** `npm run check`: whatever can be told without running the product, one line each. */
async function main(): Promise<number> {
  const files = repositoryFiles(repository)
  // The relay's types come from the built SDK, and sizes are those of the build.
  const built = await report({ name: 'build', run: () => [buildWhenStale(repository, () => {}) ?? []].flat() })
  const sizes = built ? await measureSizes(repository) : []
  const checks: Check[] = [
    {
      name: 'lint and format',
      run: () => tool('biome', ['check', '--colors=off', '--error-on-warnings', '--max-diagnostics=20', '.']),
    },
    { name: 'types: test, demo', run: () => tool('tsc', ['--noEmit', '-p', 'test']) },
    { name: 'types: demo of frameworks', run: () => tool('tsc', ['--noEmit', '-p', 'demo/frameworks']) },
    { name: 'types: relay', run: () => tool('tsc', ['--noEmit', '-p', 'relay']) },
    { name: 'types: sdk', run: () => tool('tsc', ['--noEmit', '-p', 'sdk']) },
    { name: 'import direction', run: () => [sdkRules, relayRules].flatMap(rules => checkImports(repository, rules)) },
    { name: 'source text', run: () => checkSourceText(repository, files) },
    {
      name: 'lockfiles',
      run: () =>
        files
          .filter(file => basename(file) === 'package-lock.json')
          .flatMap(file => checkLockfile(readFileSync(join(repository, file), 'utf8'), file)),
    },
    { name: 'dashboards', run: () => checkDashboards(repository) },
    { name: 'links in docs', run: () => checkDocLinks(repository, files) },
    { name: 'reference of the relay', run: () => checkRelayReference(repository) },
    { name: 'dependencies in docs', run: () => checkDependencies(repository) },
    { name: 'reference of the SDK', run: () => checkSdkReference(repository) },
    { name: 'sources in docs', run: () => checkDocSources(repository, files) },
    { name: 'examples in docs', run: () => checkDocExamples(repository, files) },
    { name: 'faults in docs', run: () => checkProvenTable(repository, files, faultTable) },
    { name: 'threats in docs', run: () => checkProvenTable(repository, files, threatTable) },
    { name: 'sizes', run: () => checkSizes(sizes) },
    { name: 'sizes in docs', run: () => checkSizeTables(repository, files, sizes) },
  ]
  const results: boolean[] = [built]
  const worker = async () => {
    for (let check = checks.shift(); check !== undefined; check = checks.shift()) results.push(await report(check))
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker))
  return results.every(Boolean) ? 0 : 1
}

async function report({ name, run }: Check): Promise<boolean> {
  const startMs = performance.now()
  const problems = await Promise.resolve()
    .then(run)
    .catch((error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)])
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(5)
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${seconds} s  ${name}`)
  for (const problem of problems) console.log(problem.replace(/^/gm, '     '))
  return problems.length === 0
}

/** Runs a program of `node_modules`; what it prints is the problem if it fails. */
function tool(name: string, args: readonly string[]): Promise<string[]> {
  const program = join(repository, 'node_modules/.bin', name)
  return new Promise(resolve => {
    execFile(program, args, { cwd: repository, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve(error ? [`${stdout}${stderr}`.trim() || error.message] : [])
    })
  })
}
