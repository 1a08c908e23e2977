import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Imports the test files given as arguments with a `node:test` that only notes names, and prints these as JSON. */

const declared: { file: string; name: string }[] = []
const suites: string[] = []
let file = ''

function test(name: string): void {
  declared.push({ file, name: [...suites, name].join(' > ') })
}

function describe(name: string, ...rest: unknown[]): void {
  const body = rest.at(-1)
  suites.push(name)
  if (typeof body === 'function') body()
  suites.pop()
}

const ignored = () => {}
const runner = { test, it: test, describe, suite: describe, before: ignored, after: ignored, beforeEach: ignored }
Object.assign(globalThis, { testRunner: { ...runner, afterEach: ignored, mock: {} } })

const inModule = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
const runnerModule = inModule(
  `export const { test, it, describe, suite, before, after, beforeEach, afterEach, mock } = globalThis.testRunner
  export default test`,
)
const browserModule = inModule(
  `export const chromium = { find: () => 'here' }, firefox = chromium, webkit = chromium, findWebkit = () => ({})`,
)

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'node:test') return { url: runnerModule, shortCircuit: true }
    if (/\/parts\/(chromium|firefox|webkit)\.ts$/.test(specifier)) return { url: browserModule, shortCircuit: true }
    return next(specifier, context)
  },
})

for (file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href)
process.stdout.write(JSON.stringify(declared), () => process.exit())
