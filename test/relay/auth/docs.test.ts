import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempDir } from '../../support/tempDir.ts'
import { batchOf, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'

const secret = 'of-the-tests-0123456789-0123456789-0123456789'

test('the backend with jose of the documentation makes tokens that the relay takes', async t => {
  const relay = await startSourceRelay(t, { RELAY_TOKEN_SECRET: secret })
  const file = join(await tempDir(t), 'backend.mjs')
  const code = await example('js')
  await writeFile(file, code.replace("'jose'", JSON.stringify(import.meta.resolve('jose'))))
  process.env.SHOP_TOKEN_SECRET = `${secret}\n`
  t.after(() => {
    delete process.env.SHOP_TOKEN_SECRET
  })
  const { tokenFor } = (await import(pathToFileURL(file).href)) as { tokenFor(userId: string): Promise<string> }
  await assertTaken(relay, await tokenFor('u_42'))
})

test('the curl of the documentation gets a token that the relay takes', async t => {
  const relay = await startSourceRelay(t, { RELAY_TOKEN_SECRET: secret })
  const command = await example('sh')
  assert.match(command, /^curl .*http:\/\/127\.0\.0\.1:9464\/v1\/token\n$/)
  const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('http://127.0.0.1:9464', relay.adminUrl)])
  await assertTaken(relay, JSON.parse(stdout).token)
})

/** The example in that language in the chapter on tokens. */
async function example(language: string): Promise<string> {
  const text = await readFile('docs/configuration.md', 'utf8')
  const chapter = text.slice(text.indexOf('\n## Tokens\n'))
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(chapter)?.[1]
  assert.ok(code, `no example in ${language}`)
  return code
}

async function assertTaken(relay: SourceRelay, token: string): Promise<void> {
  const body = (header: object) => batchOf([recordOf(1)], header)
  assert.equal((await send(relay, { body: body({}) })).json.error.code, 'token_required')
  assert.equal((await send(relay, { body: body({ token }) })).status, 202)
}
