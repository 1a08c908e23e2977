import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, type TestContext, test } from 'node:test'
import { check } from '../../../relay/src/check/check.ts'
import type { Finding } from '../../../relay/src/check/finding.ts'
import { loadConfig } from '../../../relay/src/config.ts'
import { type OwnLoki, startLoki } from '../../support/realLoki.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { startGateway } from './gateway.ts'

describe('check, against a real Loki', () => {
  let loki: OwnLoki
  before(async () => {
    const rates = ['ingestion_rate_mb', 'ingestion_burst_size_mb', 'per_stream_rate_limit_burst']
    loki = await startLoki({
      publishedLimits: ['shard_streams', ...rates],
      overrides: {
        lines: { max_line_size: '10KB' },
        cut: { max_line_size: '10KB', max_line_size_truncate: true },
        metadata: { max_structured_metadata_size: '1KB' },
        bare: { allow_structured_metadata: false },
        young: { reject_old_samples_max_age: '1d' },
        blind: { max_query_lookback: '1h' },
        slow: { ingestion_rate_mb: 2, ingestion_burst_size_mb: 1, per_stream_rate_limit_burst: '1MB' },
        sharding: { shard_streams: { enabled: true } },
        sharded: { shard_streams: { enabled: true, desired_rate: '10KB' } },
      },
    })
  })
  after(() => loki.stop())

  test('with the defaults, and sharding off, there is nothing to warn of', async t => {
    const findings = await checkTenant(t, 'fine')
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['ok', 'ok', 'ok', 'ok'],
    )
    assert.match(findings[2]!.text, /a test record was pushed and read back/)
    assert.match(findings[3]!.text, /clock: that of Loki at .* agrees with ours/)
  })

  for (const [tenant, text, fix] of [
    [
      'lines',
      /lines as long as the relay's longest \(200 KiB\) are refused, so the relay cuts them/,
      /max_line_size to 256KB/,
    ],
    ['cut', /a line as long as the relay's longest was cut/, /max_line_size_truncate to false/],
    [
      'metadata',
      /as much structured metadata as the relay may send is refused, so the relay leaves out what does not fit/,
      /max_structured_metadata_size to 64KB/,
    ],
    [
      'young',
      /records 6\.5 days old are refused.*stores them with the present time/,
      /reject_old_samples_max_age to 1w/,
    ],
    ['blind', /queries don't show it/, /max_query_lookback/],
    ['sharding', /Loki shards busy streams/, /shard_streams\.enabled to false/],
  ] as const)
    test(`warns of this limit alone, and says how to mend it: ${tenant}`, async t => {
      const warnings = warningsOf(await checkTenant(t, tenant))
      assert.equal(warnings.length, 1, JSON.stringify(warnings))
      assert.match(warnings[0]!.text, text)
      assert.match(warnings[0]!.fix ?? '', fix)
    })

  test('where structured metadata is not allowed at all nothing can be stored, and it fails', async t => {
    const [, , pushed] = await checkTenant(t, 'bare')
    assert.equal(pushed!.level, 'failed')
    assert.match(pushed!.text, /the push failed: .*disallowed/)
    assert.match(pushed!.fix ?? '', /allow_structured_metadata to true/)
  })

  test('warns of rates too small for a full push, and for what the apps may send', async t => {
    const config = { apps: [{ name: 'shop', keys: ['pk_shop'], origins: ['*'], limits: { bytesPerSecond: '5MiB' } }] }
    const warnings = warningsOf(await checkTenant(t, 'slow', { config }))
    const fixes = warnings.map(({ fix }) => fix)
    assert.match(fixes[0]!, /ingestion_burst_size_mb to 6/)
    assert.match(fixes[1]!, /per_stream_rate_limit_burst to 15MB/)
    assert.match(fixes[2]!, /ingestion_rate_mb to 8, or lower bytesPerSecond/)
    assert.equal(fixes.length, 3)
  })

  test('behind a gateway that hides its limits, Loki is found to shard by the streams that it has split', async t => {
    const endpoint = await startGateway(t, loki.url, {
      refuse: path => (path.startsWith('/config') ? 404 : undefined),
    })
    assert.deepEqual(warningsOf(await checkTenant(t, 'fine', { endpoint })), [])
    assert.deepEqual(warningsOf(await checkTenant(t, 'sharding', { endpoint })), [], 'nothing was split yet')
    await waitFor(
      async () => {
        await pushMuch('sharded')
        return warningsOf(await checkTenant(t, 'sharded', { endpoint })).length > 0
      },
      { timeoutMs: 30_000, everyMs: 200, what: 'a stream to be split' },
    )
    assert.match(warningsOf(await checkTenant(t, 'sharded', { endpoint }))[0]!.text, /Loki shards busy streams/)
  })

  test('where Loki shows its defaults and not those of a tenant, the warning says so', async t => {
    const sharding = await startGateway(t, loki.url, {
      refuse: path => (path.startsWith('/config/tenant') ? 403 : undefined),
      replace: { '/config': 'limits_config:\n  shard_streams:\n    enabled: true\n' },
    })
    const [found] = warningsOf(await checkTenant(t, 'fine', { endpoint: sharding }))
    assert.match(
      found!.text,
      /Loki shards busy streams.* \(unless its overrides, which Loki does not show, say otherwise\)/,
    )
    const shown = await startGateway(t, loki.url, {
      replace: { '/config': 'limits_config:\n  shard_streams:\n    enabled: true\n' },
    })
    assert.deepEqual(warningsOf(await checkTenant(t, 'fine', { endpoint: shown })), [])
  })

  test('credentials that may push and not read are worth a warning, and no failure', async t => {
    const endpoint = await startGateway(t, loki.url, { refuse: path => (/query_range/.test(path) ? 403 : undefined) })
    const findings = await checkTenant(t, 'lines', { endpoint })
    const [read, lines, ...others] = warningsOf(findings)
    assert.match(read!.text, /it can't be read: 403 not allowed\. The relay works/)
    assert.match(read!.fix ?? '', /leave to read/)
    assert.match(lines!.fix ?? '', /max_line_size/)
    assert.deepEqual(others, [])
    assert.ok(findings.every(({ level }) => level !== 'failed'))
  })

  for (const [status, hint] of [
    [200, /Correct LOKI_ENDPOINT: the address that Grafana uses/],
    [401, /Compare LOKI_USERNAME/],
    [500, /Look into the log of Loki, or of the gateway/],
  ] as const)
    test(`a push that is answered ${status} is a failure, with what to look at`, async t => {
      const endpoint = await startGateway(t, loki.url, { refuse: path => (/push/.test(path) ? status : undefined) })
      const [failure] = (await checkTenant(t, 'fine', { endpoint })).filter(({ level }) => level === 'failed')
      assert.match(failure!.fix ?? '', hint)
    })

  for (const [aheadMs, words] of [
    [90_000, /is (89|90|91) s ahead of ours/],
    [-90_000, /is (89|90|91) s behind ours/],
  ] as const)
    test(`a clock that is ${aheadMs / 1000} s off is worth a warning`, async t => {
      const endpoint = await startGateway(t, loki.url, { aheadMs })
      const [clock] = warningsOf(await checkTenant(t, 'fine', { endpoint }))
      assert.match(clock!.text, words)
      assert.match(clock!.fix ?? '', /chrony/)
    })

  async function checkTenant(
    t: TestContext,
    tenant: string,
    { endpoint = loki.url, config = {} }: { endpoint?: string; config?: object } = {},
  ): Promise<Finding[]> {
    const dir = await tempDir(t)
    const file = `${dir}/relay.yaml`
    const app = { name: 'shop', keys: ['pk_shop'], origins: ['*'] }
    const loki = { endpoint, tenant }
    await writeFile(file, JSON.stringify({ apps: [app], spool: { dir }, loki, ...config }))
    return check(loadConfig({ file, env: {} }).config)
  }

  async function pushMuch(tenant: string): Promise<void> {
    const values = Array.from({ length: 100 }, (_, i) => [
      `${Date.now()}${String(i).padStart(6, '0')}`,
      'x'.repeat(2000),
    ])
    const answer = await fetch(`${loki.url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: JSON.stringify({ streams: [{ stream: { app: 'busy' }, values }] }),
    })
    assert.equal(answer.status, 204, await answer.text())
  }
})

function warningsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ level }) => level === 'warning')
}
