import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import ts from 'typescript'
import { install, type PackedPackage, pack } from './installed.ts'
import { checkPublishedText } from './publishedText.ts'

interface Manifest {
  exports: Record<string, string | Record<string, string>>
}

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'loki-beacon-sdk-'))
const project = join(dir, 'project')
const installed = join(project, 'node_modules/loki-beacon')
let packed: PackedPackage

before(async () => {
  packed = await pack('sdk', dir)
  await install(packed, project)
})
after(() => rmSync(dir, { recursive: true, force: true }))

test('the package holds the build, its README and the licence, and nothing else', () => {
  const beside = packed.files.filter(path => !path.startsWith('dist/'))
  assert.deepEqual(beside, ['LICENSE', 'README.md', 'package.json'])
  assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(repository, 'LICENSE'), 'utf8'))
  assert.deepEqual(checkPublishedText(installed, packed.files), [])
})

test('it brings idb-keyval and web-vitals, and no other package', () => {
  const brought = readdirSync(join(project, 'node_modules')).filter(name => !name.startsWith('.'))
  assert.deepEqual(brought, ['idb-keyval', 'loki-beacon', 'web-vitals'])
})

test('every export leads to a file', () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest
  const targets = Object.values(manifest.exports).flatMap(target =>
    typeof target === 'string' ? target : Object.values(target),
  )
  const missing = targets.filter(target => !['package.json', ...packed.files].includes(target.replace('./', '')))
  assert.deepEqual(missing, [])
})

test('imported on a server it does nothing, its logger neither, and the process can end', {
  timeout: 20_000,
}, async () => {
  writeFileSync(
    join(project, 'server.js'),
    `const before = Object.getOwnPropertyNames(globalThis)
    const { init } = await import('loki-beacon')
    await import('loki-beacon/core')
    await import('loki-beacon/capture')
    await import('loki-beacon/loader')
    await import('loki-beacon/wire')
    const log = init({ url: 'https://logs.example.com', key: 'pk_x' })
    log.info('hello', { a: 1 })
    log.with({ b: 2 }).error(new Error('no'))
    log.measure('m', 1)
    log.event('e')
    log.setUser({ id: 'u' })
    await log.flush()
    const { created, pending } = log.stats()
    await log.close()
    const added = Object.getOwnPropertyNames(globalThis).filter(name => !before.includes(name))
    console.log(JSON.stringify({ created, pending, added }))`,
  )
  const { stdout, stderr } = await run(process.execPath, ['server.js'], { cwd: project, timeout: 10_000 })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), { created: 0, pending: 0, added: [] })
})

for (const [moduleResolution, module] of [
  ['nodenext', 'nodenext'],
  ['bundler', 'preserve'],
] as const) {
  test(`its types compile in a strict project that resolves as ${moduleResolution}`, async () => {
    writeFileSync(
      join(project, 'page.ts'),
      `import { init, type InitOptions, type Logger, type Stats } from 'loki-beacon'
      import { init as initCore } from 'loki-beacon/core'
      import type { WireRecord } from 'loki-beacon/wire'
      const options: InitOptions = { url: '/telemetry', key: 'pk_x', beforeSend: (record: WireRecord) => record }
      const log: Logger = init(options)
      log.error('payment failed', { error: new Error('no'), amount: 3 })
      log.with({ feature: 'cart' }).measure('ms', 1)
      const flushed: boolean = await log.flush()
      const stats: Stats = log.stats()
      initCore(options).info(String(flushed) + stats.pending)
      // @ts-expect-error: an option that the core can't honour
      initCore({ url: '/', key: 'pk_x', sampleRate: 0.5 })
      // @ts-expect-error: a relay is needed
      init({ key: 'pk_x' })
      // @ts-expect-error: no such option
      init({ url: '/', key: 'pk_x', apiKey: 'x' })`,
    )
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
      // The package's own declarations are checked, too.
      skipLibCheck: false,
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['page.ts'] }))
    const tsc = join(repository, 'node_modules/.bin/tsc')
    await assert.doesNotReject(run(tsc, ['-p', project]).catch(error => Promise.reject(new Error(error.stdout))))
  })
}

test('a page pays for the plugins that it imports, and starts nothing of the others', async () => {
  const bundle = async (name: string) => {
    const contents = `export { ${name} } from 'loki-beacon/capture'`
    const options = { bundle: true, minify: true, format: 'esm', write: false } as const
    const result = await build({ ...options, stdin: { contents, resolveDir: project } })
    return result.outputFiles[0]!.text
  }
  const [plain, vitals, attributed] = await Promise.all(['csp', 'webVitals', 'webVitalsAttribution'].map(bundle))
  for (const name of ['PerformanceObserver', 'ReportingObserver', 'needs-improvement', 'loadingerror'])
    assert.ok(!plain!.includes(name), name)
  assert.ok(plain!.length < 2000, `${plain!.length} bytes`)
  assert.ok(vitals!.includes('needs-improvement') && !vitals!.includes('findLast('))
  assert.ok(attributed!.includes('findLast('))
})

test('no call behind `?.` spreads its arguments, which Chrome before 91 gets wrong', () => {
  const spreads: string[] = []
  for (const file of packed.files.filter(path => path.endsWith('.js'))) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallChain(node) && node.arguments.some(ts.isSpreadElement)) spreads.push(`${file}: ${node.getText()}`)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, readFileSync(join(installed, file), 'utf8'), ts.ScriptTarget.Latest, true))
  }
  assert.deepEqual(spreads, [])
})

test('the loader knows nothing of storage or delivery', () => {
  const loader = readFileSync(join(installed, 'dist/loki-beacon-loader.js'), 'utf8')
  for (const name of ['indexedDB', 'sendBeacon', 'fetch', 'localStorage', 'import'])
    assert.ok(!loader.includes(name), name)
})
