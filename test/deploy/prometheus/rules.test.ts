import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { startLoki } from '../../support/realLoki.ts'
import { promtool, startPrometheus } from '../../support/realPrometheus.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'

const rulesFile = join(import.meta.dirname, '../../../deploy/grafana/rules/prometheus.yaml')
const testsFile = join(import.meta.dirname, 'rules.test.yaml')

interface RuleFile {
  groups: { rules: { alert: string; expr: string }[] }[]
}

const alerts = (parse(readFileSync(rulesFile, 'utf8')) as RuleFile).groups.flatMap(({ rules }) => rules)

test('promtool takes the configuration that compose mounts', async () => {
  const { code, output } = await promtool(
    'check',
    'config',
    join(import.meta.dirname, '../../../deploy/prometheus/prometheus.yml'),
  )
  assert.equal(code, 0, output)
})

test('Prometheus takes each rule, and each alert fires when it should and not before', async () => {
  const checked = await promtool('check', 'rules', rulesFile)
  assert.match(checked.output, new RegExp(`SUCCESS: ${alerts.length} rules found`))
  const tested = await promtool('test', 'rules', testsFile)
  assert.equal(tested.code, 0, tested.output)
  const text = readFileSync(testsFile, 'utf8')
  for (const { alert } of alerts) assert.match(text, new RegExp(`alertname: ${alert}\n *exp_alerts`), alert)
})

test('the docs list the alerts, in their order', () => {
  const docs = readFileSync(new URL('../../../docs/grafana.md', import.meta.url), 'utf8')
  const listed = docs
    .slice(docs.indexOf('## Alerts on the relay'))
    .split('\n')
    .flatMap(line => /^\| `(\w+)` \|/.exec(line)?.[1] ?? [])
  assert.deepEqual(
    listed,
    alerts.map(({ alert }) => alert),
  )
})

test('a relay has each metric that an alert looks at; and one that Loki refuses raises an alert', async t => {
  // Fewer labels than the relay sets: Loki refuses the stream, and not its entries.
  const loki = await startLoki({ limits: { max_label_names_per_series: 1 } })
  t.after(() => loki.stop())
  const relay = await startRelay({
    env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', LOKI_ENDPOINT: loki.url, LOKI_TENANT_ID: `t-${randomUUID()}` },
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  await page.deliver(page.batch(1))
  const prometheus = await startPrometheus(t, {
    targets: { 'loki-beacon-relay': new URL(relay.adminUrl).host, loki: new URL(loki.url).host },
    ruleFiles: [rulesFile],
  })
  await waitFor(async () => (await prometheus.query('sum(up)'))[0]?.value === 2, {
    timeoutMs: 20_000,
    what: 'a scrape of relay and Loki',
  })
  // Of Loki's rules there are no figures before it has evaluated one.
  const selectors = alerts.flatMap(({ expr }) => expr.match(/\b(?:loki_beacon_\w+|up)(?:\{[^}]*\})?/g) ?? [])
  assert.ok(selectors.length > alerts.length)
  for (const selector of selectors) {
    // Without what picks the bad ones.
    const found = await prometheus.query(selector)
    assert.ok(found.length > 0, `no relay has ${selector}`)
  }

  interface Alert {
    labels: { alertname: string; state?: string }
    annotations: { summary: string }
    state: string
  }
  const raised = await waitFor(
    async () =>
      (await prometheus.api<{ alerts: Alert[] }>('alerts')).alerts.find(
        ({ labels }) => labels.alertname === 'RelayLaneStopped',
      ),
    { timeoutMs: 20_000, what: 'the alert of a stopped lane' },
  )
  // Five minutes later it fires: promtool has shown that.
  assert.equal(raised.state, 'pending')
  assert.match(raised.annotations.summary, /^Loki refuses 1 streams/)
})
