import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'
import type { TestResult } from './resultReporter.ts'
import { runTests, type TestRun } from './runTests.ts'

const head = `import { describe, test } from 'node:test'\n`

test('passed and failed tests are counted, each once, also in suites and below other tests', async t => {
  const result = await run(t, {
    'a.test.mjs': `${head}
      test('one', () => {})
      describe('suite', () => { test('two', () => {}); test('bad', () => { throw new Error('no') }) })
      test('three', async t => { await t.test('four', () => {}) })`,
  })
  assert.deepEqual(result, { passed: 4, failures: ['a.test.mjs: bad'], notRun: [] })
})

test('a skipped test and one left to do are named', async t => {
  const result = await run(t, {
    'a.test.mjs': `${head}test.skip('s', () => {})\ntest.todo('d')\ntest('one', () => {})`,
  })
  assert.deepEqual(result, { passed: 1, failures: [], notRun: ['a.test.mjs: s', 'a.test.mjs: d'] })
})

test('a file that breaks before its first test is a failure', async t => {
  const result = await run(t, {
    'a.test.mjs': `throw new Error('broken')`,
    'b.test.mjs': `${head}test('one', () => {})`,
  })
  assert.deepEqual(result, { passed: 1, failures: ['a.test.mjs'], notRun: [] })
})

test('a file that hangs is ended after a while, and is a failure', async t => {
  const result = await run(
    t,
    { 'a.test.mjs': `${head}test('one', () => {})\nsetInterval(() => {}, 1000)` },
    { silenceLimitMs: 1500 },
  )
  assert.match(result.failures.at(-1) ?? '', /it hangs/)
})

test('a program that a test left running is ended with the run', async t => {
  const dir = await tempDir(t)
  const pidFile = join(dir, 'pid')
  const spawnSleep = `spawn('sleep', ['1000'], { stdio: 'ignore' })`
  const body = `import { spawn } from 'node:child_process'\nimport { writeFileSync } from 'node:fs'
    test('one', () => { const child = ${spawnSleep}; child.unref(); writeFileSync('${pidFile}', String(child.pid)) })`
  const result = await run(t, { 'a.test.mjs': head + body })
  assert.equal(result.passed, 1)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await waitFor(() => !isRunning(pid), { timeoutMs: 5000, what: `process ${pid} to end` })
})

test('an interrupted run ends at once', async t => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 500)
  const startMs = performance.now()
  const result = await run(
    t,
    { 'a.test.mjs': `${head}test('one', () => new Promise(resolve => setTimeout(resolve, 60_000)))` },
    { signal: controller.signal },
  )
  assert.ok(performance.now() - startMs < 10_000)
  assert.match(result.failures.at(-1) ?? '', /interrupted/)
})

async function run(t: TestContext, files: Record<string, string>, options: Partial<TestRun> = {}): Promise<TestResult> {
  const cwd = await tempDir(t)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  // The mark of being under the test runner already, which would turn the inner one off.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const result = await runTests({
    files: Object.keys(files),
    concurrency: 2,
    cwd,
    env,
    silenceLimitMs: 60_000,
    signal: new AbortController().signal,
    show: () => {},
    ...options,
  })
  const relative = (name: string) => name.replace(`${cwd}/`, '')
  return { ...result, failures: result.failures.map(relative), notRun: result.notRun.map(relative) }
}

/** A zombie that nobody has waited for counts as ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
