import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Part } from '../parts/part.ts'
import { tempDir } from '../support/tempDir.ts'
import { provideParts } from './provideParts.ts'
import { findTestFiles, type TestFile } from './testFiles.ts'

const tree = {
  'test/support/realLoki.ts': `import '../parts/loki.ts'`,
  'test/support/browsers.ts': `import './puppeteerBrowsers.ts'`,
  'test/support/puppeteerBrowsers.ts': '',
  'test/support/page.ts': `import { launchBrowser } from './browsers.ts'`,
  'test/sdk/pure.test.ts': `import '../../sdk/src/x.ts'`,
  'test/relay/shared.test.ts': `import { connectLoki } from '../support/realLoki.ts'`,
  'test/e2e/own.test.ts': `import { startLoki } from '../support/realLoki.ts'`,
  'test/browser/page.test.ts': `import { page } from '../support/page.ts'`,
  'test/browser/two.test.ts': `import { puppeteerEngines } from '../support/puppeteerBrowsers.ts'`,
}

test('what a test file needs is read from what it imports, also through helpers', async t => {
  const files = await find(t)
  assert.deepEqual(
    files.map(({ path, serial, needs }) => [path, serial, [...needs]]),
    [
      ['test/browser/page.test.ts', true, ['chromium', 'firefox', 'webkit']],
      ['test/browser/two.test.ts', true, ['chromium', 'firefox']],
      ['test/e2e/own.test.ts', true, ['lokiProgram', 'loki']],
      ['test/relay/shared.test.ts', false, ['loki']],
      ['test/sdk/pure.test.ts', false, []],
    ],
  )
})

test('a part that is missing is installed, and then nothing is left out', async t => {
  let installed = false
  const loki = part({
    find: () => (installed ? '/opt/loki' : undefined),
    async install() {
      installed = true
    },
  })
  const { runnable, missing } = await provide(await find(t), { loki })
  assert.equal(runnable.length, 5)
  assert.deepEqual(missing, [])
})

test('a part that can not be had leaves out the files that need it, by name', async t => {
  const { runnable, missing } = await provide(await find(t), { loki: part({}) })
  assert.deepEqual(paths(runnable), ['test/browser/page.test.ts', 'test/browser/two.test.ts', 'test/sdk/pure.test.ts'])
  assert.deepEqual(missing[0]?.leftOut, ['test/e2e/own.test.ts', 'test/relay/shared.test.ts'])
})

test('an install that fails is a missing part, not the end', async t => {
  const install = () => Promise.reject(new Error('no network'))
  const { missing } = await provide(await find(t), { loki: part({ install }) })
  assert.equal(missing.length, 1)
})

test('with one of the browsers it can use a test runs, and those missing are named', async t => {
  const { runnable, missing } = await provide(await find(t), { firefox: part({}) })
  assert.equal(runnable.length, 5)
  assert.deepEqual(missing[0]?.reduced, ['test/browser/page.test.ts', 'test/browser/two.test.ts'])
  const webkitOnly = await provide(await find(t), { firefox: part({}), chromium: part({}) })
  for (const { leftOut, reduced } of webkitOnly.missing) {
    assert.deepEqual(leftOut, ['test/browser/two.test.ts'])
    assert.deepEqual(reduced, ['test/browser/page.test.ts'])
  }
  const none = await provide(await find(t), { firefox: part({}), chromium: part({}), webkit: part({}) })
  assert.deepEqual(
    paths(none.runnable).filter(path => path.startsWith('test/browser/')),
    [],
  )
})

test('a running Loki spares the program, but not to the tests that stop it', async t => {
  const files = await find(t)
  process.env.LOKI_URL = 'http://127.0.0.1:3100'
  t.after(() => delete process.env.LOKI_URL)
  const { missing } = await provide(files, { loki: part({}) })
  assert.deepEqual(missing[0]?.leftOut, ['test/e2e/own.test.ts'])
})

async function find(t: TestContext): Promise<TestFile[]> {
  // The run of the whole suite sets it.
  delete process.env.LOKI_URL
  const repository = await tempDir(t)
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true })
    writeFileSync(join(repository, name), text)
  }
  return findTestFiles(repository, [])
}

const context = { say: () => {}, signal: new AbortController().signal }

function provide(files: TestFile[], changed: { loki?: Part; chromium?: Part; firefox?: Part; webkit?: Part }) {
  const there = part({ find: () => '/opt/part' })
  const { loki = there, chromium = there, firefox = there, webkit = there } = changed
  const others = {
    bubblewrap: there,
    systemdAnalyze: there,
    smallDisks: there,
    libfaketime: there,
    nginx: there,
    caddy: there,
    prometheus: there,
    zsh: there,
    fish: there,
  }
  return provideParts(files, { loki, lokiProgram: loki, chromium, firefox, webkit, ...others }, context)
}

function part(changed: Partial<Part>): Part {
  return { name: 'Part', find: () => undefined, install: async () => {}, howToGet: 'get it', ...changed }
}

function paths(files: readonly TestFile[]): string[] {
  return files.map(({ path }) => path)
}
