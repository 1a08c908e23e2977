import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createDayQuotas } from '../../../relay/src/auth/dayQuotas.ts'
import { readQuotaFile, startQuotaFile } from '../../../relay/src/auth/quotaFile.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'

const apps = [{ name: 'shop' }, { name: 'blog' }]
const noon = Date.parse('2026-11-20T12:00:00Z')

describe('what was used of the quotas per day', () => {
  test('is there for the next process, and only that of apps that there still are', async t => {
    const { quotas, file, read } = await started(t)
    quotas.take('shop\nrecords_per_day', 70, 100)
    quotas.take('shop\nbytes_per_day', 12.5, 100)
    quotas.take('gone\nrecords_per_day', 70, 100)
    file.stop()
    assert.deepEqual(read(), [
      ['shop\nrecords_per_day', { day: 20_777, amount: 70 }],
      ['shop\nbytes_per_day', { day: 20_777, amount: 12.5 }],
    ])
    const next = createDayQuotas(() => noon, read())
    next.take('shop\nrecords_per_day', 30, 100)
    assert.ok(next.waitMs('shop\nrecords_per_day', 100) > 0)
  })

  test('is written every ten seconds when there is something new, and not without', async t => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { dir, quotas, read } = await started(t)
    t.mock.timers.tick(10_000)
    assert.deepEqual(await readdir(dir), [])
    quotas.take('shop\nrecords_per_day', 70, 100)
    t.mock.timers.tick(10_000)
    assert.deepEqual(await readdir(dir), ['quotas.json'])
    assert.equal(read().length, 1)
    await writeFile(join(dir, 'quotas.json'), 'untouched')
    t.mock.timers.tick(60_000)
    assert.equal(await readFile(join(dir, 'quotas.json'), 'utf8'), 'untouched')
  })

  for (const [what, text] of [
    ['cut short', '{"version":1,"uses":[["shop\\nrecords_per_day",207'],
    ['empty', ''],
    ['that of another program', '{"quotas":[]}'],
    ['that of a later version', '{"version":2,"uses":[]}'],
    ['without an amount', '{"version":1,"uses":[["shop\\nrecords_per_day",20777,null]]}'],
    ['below zero', '{"version":1,"uses":[["shop\\nrecords_per_day",20777,-1]]}'],
    ['far too large', ' '.repeat(2 * 1024 * 1024)],
  ] as const)
    test(`in a file that is ${what} begins anew, which the operator is told, and the file is written again`, async t => {
      const { dir, warnings, quotas, file, read } = await started(t, text)
      assert.equal(warnings.length, 1)
      quotas.take('shop\nrecords_per_day', 70, 100)
      file.stop()
      assert.equal(read().length, 1)
      assert.equal(warnings.length, 1)
      assert.deepEqual(await readdir(dir), ['quotas.json'])
    })

  test('harms nothing where it cannot be written', async t => {
    const { warnings, quotas, file } = await started(t, undefined, '/proc/nowhere')
    quotas.take('shop\nrecords_per_day', 70, 100)
    file.stop()
    assert.equal(warnings.length, 1)
  })
})

test('a quota that is used up stays so when the relay is restarted, and after a kill but for the last ten seconds', async t => {
  const relay = await startRelay({
    config: "apps:\n  - { name: shop, keys: [pk_shop], origins: ['*'], limits: { recordsPerDay: 20 } }\n",
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  const send = async () => (await page.post(page.batch(10))).status
  assert.equal(await send(), 202)
  await relay.kill('SIGTERM')
  await relay.restart()
  assert.deepEqual([await send(), await send()], [202, 429])
  await waitFor(async () => (await readFile(join(relay.dataDir, 'quotas.json'), 'utf8')).includes(',20]'), {
    timeoutMs: 12_000,
    what: 'it to be written',
  })
  await relay.restart()
  assert.equal(await send(), 429)
})

async function started(t: TestContext, text?: string, place?: string) {
  const dir = place ?? (await tempDir(t))
  const warnings: unknown[] = []
  const log = { warn: (...words: unknown[]) => warnings.push(words) } as unknown as Parameters<typeof readQuotaFile>[2]
  if (text !== undefined) await writeFile(join(dir, 'quotas.json'), text)
  const read = () => readQuotaFile(dir, apps, log)
  const quotas = createDayQuotas(() => noon, read())
  const file = startQuotaFile({ dir, uses: quotas.uses, log })
  t.after(() => file.stop())
  return { dir, warnings, quotas, file, read }
}
