import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findExecutable } from '../parts/part.ts'
import { waitFor } from '../support/waitFor.ts'

const repository = join(import.meta.dirname, '../..')
const program = findExecutable(['docker'])
const hasDaemon = program !== undefined && spawnSync(program, ['info'], { timeout: 10_000 }).status === 0

// Where none answers, image.test.ts alone carries the Dockerfile out.
if (hasDaemon)
  test('Docker builds the image, and its container turns healthy on a read-only file system', {
    timeout: 600_000,
  }, async t => {
    const tag = 'loki-beacon-relay:of-the-tests'
    await docker('build', '--file', 'deploy/Dockerfile', '--tag', tag, '.')
    t.after(() => docker('image', 'rm', tag))
    const options = ['--read-only', '--cap-drop', 'ALL', '--publish', '127.0.0.1::8080']
    const app = ['--env', 'RELAY_KEY=pk_shop', '--env', 'RELAY_ORIGINS=*']
    const container = await docker('run', '--detach', ...options, ...app, tag)
    t.after(() => docker('rm', '--force', '--volumes', container))
    const health = () => docker('inspect', '--format', '{{.State.Health.Status}}', container)
    await waitFor(async () => (await health()) === 'healthy', {
      timeoutMs: 60_000,
      what: 'the container to be healthy',
    })
    const address = await docker('port', container, '8080')
    assert.equal((await fetch(`http://${address}/healthz`)).status, 200)
  })

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program!, args, { cwd: repository, maxBuffer: 1 << 26 })
  return stdout.trim()
}
