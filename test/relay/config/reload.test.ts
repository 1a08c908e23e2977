import assert from 'node:assert/strict'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { tempDir } from '../../support/tempDir.ts'
import { wireClient } from '../../support/wireClient.ts'
import { appWith, kept, type ReloadedRelay, reloaded, startReloadedRelay } from './reloadedRelay.ts'

describe('reload', () => {
  test('on SIGHUP keys, origins, limits, redaction, labels and the log level are those of the file', async t => {
    const started = await startReloadedRelay(t, appWith(['pk_old']))
    assert.deepEqual(await statuses(started, 'pk_old', 'pk_new'), [202, 401])
    const app = "{ name: shop, keys: [pk_new], labels: { team: web }, origins: ['https://shop.example'] }"
    const more = 'redact: false\nlogLevel: debug\nlimits: { maxRecords: 3 }'
    await writeFile(started.file, `apps: [${app}]\n${more}`)
    started.signal()
    await started.said(reloaded)
    assert.deepEqual(await statuses(started, 'pk_old', 'pk_new'), [401, 403])

    const page = wireClient({ url: started.relay.url, key: 'pk_new', origin: 'https://shop.example' })
    const mail = 'mary@shop.example'
    await page.deliver(page.batch(3, record => Object.assign(record, { message: mail })))
    const shown = await liveEvents(started, mail)
    assert.match(shown, /"team":"web"/)
    await started.said('batch stored')
    assert.equal((await page.post(page.batch(4))).status, 413)
  })

  test('what needs a restart is named and keeps its old value; the rest is taken up', async t => {
    const env = { RELAY_SPOOL_MAX_BYTES: '' }
    const started = await startReloadedRelay(t, `${appWith(['pk_old'])}spool: { maxBytes: 64MiB }`, { env })
    const loki = 'loki: { endpoint: http://127.0.0.1:9, flushInterval: 2s, token: canary-token }'
    await writeFile(started.file, `${appWith(['pk_new'])}spool: { maxBytes: 32MiB }\n${loki}`)
    started.signal()
    const said = await started.said('these options have changed, too, and keep their old values until a restart')
    assert.ok(said.options?.includes('spool.maxBytes'), said.options?.join())
    assert.ok(said.options?.includes('loki.endpoint'))
    assert.deepEqual(await statuses(started, 'pk_old', 'pk_new'), [401, 202])
    const { ready, problems } = await readiness(started)
    assert.equal(ready, true)
    assert.deepEqual(
      problems.find(({ field }) => field === 'spool.maxBytes'),
      { source: 'configuration', field: 'spool.maxBytes', reason: 'has changed: restart the relay' },
    )
    assert.ok(!started.relay.output().includes('canary'))
  })

  test('an app that joins makes those that were there share the spool at once', async t => {
    const env = { RELAY_SPOOL_MAX_BYTES: '4MiB', RELAY_SPOOL_MAX_SHARE: '25%' }
    const started = await startReloadedRelay(t, appWith(['pk_shop']), { env })
    const send = async (key: string) => {
      const page = wireClient({ url: started.relay.url, key })
      const response = await page.post(page.batch(1, record => Object.assign(record, { message: 'x'.repeat(100_000) })))
      await response.body?.cancel()
      return response.status
    }
    for (let i = 0; i < 20; i++) assert.equal(await send('pk_shop'), 202)
    await writeFile(started.file, appWith(['pk_shop'], "  - { name: blog, keys: [pk_blog], origins: ['*'] }\n"))
    started.signal()
    await started.said(reloaded)
    assert.deepEqual([await send('pk_shop'), await send('pk_blog')], [503, 202])
  })

  test('a file that can not be used changes nothing; the log, the metrics and /ready say source, field and fix', async t => {
    const started = await startReloadedRelay(t, appWith(['pk_old']))
    await writeFile(started.file, "apps:\n  - { name: shop, keys: [pk_new], origins: ['shop.example'] }\n")
    started.signal()
    const { level, problems } = await started.said(kept)
    assert.equal(level, 'error')
    assert.deepEqual(
      problems?.map(({ source, field }) => [source, field]),
      [[started.file, 'apps[0].origins[0]']],
    )
    assert.match(problems?.[0]?.text ?? '', /must start with its scheme, such as https:\/\/shop\.example/)
    assert.deepEqual(await statuses(started, 'pk_old', 'pk_new'), [202, 401])
    const { ready, problems: shown } = await readiness(started)
    assert.deepEqual([ready, shown[0]?.field], [true, 'apps[0].origins[0]'])
    assert.equal((await started.relay.metrics()).get('loki_beacon_config_last_reload_successful'), 0)

    await writeFile(started.file, 'apps: [')
    started.signal()
    assert.match((await started.said(kept, 2)).problems?.[0]?.text ?? '', /is not valid YAML/)
    await rm(started.file)
    started.signal()
    assert.match((await started.said(kept, 3)).problems?.[0]?.text ?? '', /can't be read \(ENOENT\)/)
    assert.deepEqual(await statuses(started, 'pk_old'), [202])

    await writeFile(started.file, appWith(['pk_new']))
    started.signal()
    await started.said(reloaded)
    assert.deepEqual(await statuses(started, 'pk_old', 'pk_new'), [401, 202])
    const metrics = await started.relay.metrics()
    assert.equal(metrics.get('loki_beacon_config_last_reload_successful'), 1)
    assert.equal(metrics.get('loki_beacon_config_reloads_total{result="failure"}'), 3)
    assert.deepEqual((await readiness(started)).problems, [])
  })

  test("a changed file with a token's secret is taken up by itself, also where only the changed file names it", async t => {
    const secretFile = join(await tempDir(t), 'token')
    await writeFile(secretFile, 'a'.repeat(32))
    const withToken = `apps: [{ name: shop, keys: [pk_shop], origins: ['*'], token: { secretFile: ${secretFile} } }]`
    const started = await startReloadedRelay(t, appWith(['pk_shop']))
    await writeFile(started.file, withToken)
    await started.said(reloaded)
    const early = await mintToken(started)
    assert.equal(await postWith(started, early), 202)
    await writeFile(secretFile, 'b'.repeat(32))
    assert.equal((await started.said(reloaded, 2)).cause, 'file')
    assert.deepEqual([await postWith(started, early), await postWith(started, await mintToken(started))], [401, 202])
  })

  test('a changed file is taken up by itself: written in place, and replaced by another one', async t => {
    const started = await startReloadedRelay(t, appWith(['pk_one']))
    await writeFile(started.file, appWith(['pk_two']))
    assert.equal((await started.said(reloaded)).cause, 'file')
    assert.deepEqual(await statuses(started, 'pk_one', 'pk_two'), [401, 202])
    // As editors save: the new file beside it, and then its name.
    await writeFile(`${started.file}~`, appWith(['pk_six']))
    await rename(`${started.file}~`, started.file)
    await started.said(reloaded, 2)
    assert.deepEqual(await statuses(started, 'pk_two', 'pk_six'), [401, 202])
  })

  test('a link further up that is swapped, as Kubernetes does with a config map, is noticed', async t => {
    const dir = await tempDir(t)
    const version = async (name: string, key: string) => {
      await mkdir(join(dir, name))
      await writeFile(join(dir, name, 'relay.yaml'), appWith([key]))
      await symlink(name, join(dir, '..data_tmp'))
      await rename(join(dir, '..data_tmp'), join(dir, '..data'))
    }
    await version('..2026_01', 'pk_one')
    await symlink('..data/relay.yaml', join(dir, 'relay.yaml'))
    const started = await startReloadedRelay(t, '', { file: join(dir, 'relay.yaml') })
    assert.deepEqual(await statuses(started, 'pk_one', 'pk_two'), [202, 401])
    await version('..2026_02', 'pk_two')
    await rm(join(dir, '..2026_01'), { recursive: true })
    await started.said(reloaded)
    assert.deepEqual(await statuses(started, 'pk_one', 'pk_two'), [401, 202])
    await version('..2026_03', 'pk_six')
    await started.said(reloaded, 2)
    assert.deepEqual(await statuses(started, 'pk_two', 'pk_six'), [401, 202])
  })

  test('a file that grows while it is written is read once it is complete', async t => {
    const started = await startReloadedRelay(t, appWith(['pk_one', 'pk_two']))
    // Each beginning is a configuration by itself, and would turn away the pages of the second key.
    const beginning = "apps:\n  - name: shop\n    origins: ['*']\n    keys:\n      - pk_one\n"
    for (let i = 1; i <= 10; i++) {
      await writeFile(started.file, beginning + '      # more of them\n'.repeat(i))
      await new Promise(resolve => setTimeout(resolve, 300))
      assert.deepEqual(await statuses(started, 'pk_two'), [202], `after ${i} writes`)
    }
    await writeFile(started.file, appWith(['pk_two', 'pk_six']))
    await started.said(reloaded)
    assert.deepEqual(await statuses(started, 'pk_two', 'pk_six'), [202, 202])
    assert.deepEqual(
      started.lines().filter(line => line.msg === kept),
      [],
    )
  })
})

async function statuses({ relay }: ReloadedRelay, ...keys: string[]): Promise<number[]> {
  const found: number[] = []
  for (const key of keys) {
    const client = wireClient({ url: relay.url, key })
    const response = await client.post(client.batch(1))
    await response.body?.cancel()
    found.push(response.status)
  }
  return found
}

async function mintToken({ relay }: ReloadedRelay): Promise<string> {
  const response = await fetch(`${relay.adminUrl}/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ app: 'shop' }),
  })
  return ((await response.json()) as { token: string }).token
}

async function postWith({ relay }: ReloadedRelay, token: string): Promise<number> {
  const client = wireClient({ url: relay.url, key: 'pk_shop' })
  const response = await client.post(client.batch(1, (_record, header) => Object.assign(header, { token })))
  await response.body?.cancel()
  return response.status
}

async function readiness({ relay }: ReloadedRelay) {
  const response = await fetch(`${relay.adminUrl}/ready`)
  return (await response.json()) as { ready: boolean; problems: { source?: string; field?: string; reason: string }[] }
}

/** What the live page is told, up to this text. */
async function liveEvents({ relay }: ReloadedRelay, text: string): Promise<string> {
  const controller = new AbortController()
  const response = await fetch(`${relay.adminUrl}/live/events`, { signal: controller.signal })
  let seen = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    seen += chunk
    if (seen.includes(text)) break
  }
  controller.abort()
  return seen
}
