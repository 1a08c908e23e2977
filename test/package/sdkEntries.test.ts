import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { install, type PackedPackage, pack } from './installed.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'loki-beacon-entries-'))
const project = join(dir, 'project')
const installed = join(project, 'node_modules/loki-beacon')
let packed: PackedPackage
let entries: string[]

before(async () => {
  packed = await pack('sdk', dir)
  await install(packed, project)
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { exports: object }
  // The script tag's bundle is no module to import.
  entries = Object.keys(manifest.exports).filter(name => !['./cdn', './package.json'].includes(name))
})
after(() => rmSync(dir, { recursive: true, force: true }))

test('without a framework every other entry can be imported on a server, and adds nothing to it', async () => {
  assert.deepEqual(await importOnServer(entries.filter(name => name !== './react')), [])
})

test('with React its entry can be imported on a server, and its boundary renders there', async () => {
  addPeers()
  assert.deepEqual(await importOnServer(['./react']), [])
  const page = `
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    import { init } from 'loki-beacon'
    import { createReactLogger, reactErrorHandlers } from 'loki-beacon/react'
    const log = init({ url: '/telemetry', key: 'pk_x' })
    reactErrorHandlers(log)
    const { ErrorBoundary, LoggerProvider, useLogger } = createReactLogger(log)
    const Cart = () => { useLogger().info('rendered'); return 'a cart' }
    const tree = createElement(LoggerProvider, { log }, createElement(ErrorBoundary, { fallback: 'broken' }, createElement(Cart)))
    console.log(renderToString(tree))`
  assert.equal((await runModule(page)).trim(), 'a cart')
})

test('server components can import what is for React: it says that it is for the client', () => {
  assert.match(readFileSync(join(installed, 'dist/react.js'), 'utf8'), /^'use client'/)
})

for (const [moduleResolution, module, exactOptionalPropertyTypes] of [
  ['nodenext', 'nodenext', false],
  ['bundler', 'preserve', true],
] as const) {
  test(`the types of all entries accept what is right and refuse what is not, resolved as ${moduleResolution}`, async () => {
    addPeers()
    writeFileSync(join(project, 'entries.ts'), readFileSync(join(import.meta.dirname, 'sdkEntries.types.ts'), 'utf8'))
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes,
      noUncheckedIndexedAccess: exactOptionalPropertyTypes,
      noEmit: true,
      // The package's own declarations are checked, too.
      skipLibCheck: false,
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['entries.ts'] }))
    const tsc = join(repository, 'node_modules/.bin/tsc')
    await assert.doesNotReject(run(tsc, ['-p', project]).catch(error => Promise.reject(new Error(error.stdout))))
  })
}

test('publint finds nothing to say, strictly', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false })
  assert.deepEqual(
    messages.map(message => formatMessage(message, pkg)),
    [],
  )
})

test('types are right for everyone who can import ES modules', async () => {
  const { types, ...result } = await checkPackage(createPackageFromTarballData(readFileSync(packed.tarball)), {
    excludeEntrypoints: ['./cdn'],
  })
  assert.ok(types)
  const { problems = [] } = result as { problems?: { kind: string; resolutionKind?: string }[] }
  // Not for CommonJS, nor for the resolution of Node 10, which knows no `exports`: there is no such build.
  const counted = problems.filter(({ resolutionKind = '' }) => !['node10', 'node16-cjs'].includes(resolutionKind))
  assert.deepEqual(counted, [])
})

/** Which globals these add to a plain Node. */
async function importOnServer(names: readonly string[]): Promise<string[]> {
  const imports = names.map(name => `await import('loki-beacon${name.slice(1)}')`)
  const script = `
    const before = Reflect.ownKeys(globalThis)
    ${imports.join('\n')}
    console.log(JSON.stringify(Reflect.ownKeys(globalThis).filter(name => !before.includes(name)).map(String)))`
  return JSON.parse(await runModule(script)) as string[]
}

async function runModule(script: string): Promise<string> {
  writeFileSync(join(project, 'module.js'), script)
  const { stdout, stderr } = await run(process.execPath, ['module.js'], { cwd: project, timeout: 20_000 })
  assert.equal(stderr, '')
  return stdout
}

function addPeers(): void {
  for (const name of ['react', 'react-dom', '@types/react', '@types/react-dom', 'csstype']) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(join(repository, 'node_modules', name), link)
  }
}
