import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { startLoki } from '../../support/realLoki.ts'
import { startPrometheus } from '../../support/realPrometheus.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { badCoupon, noCart, type Visit } from '../knownVisits.ts'
import { closeTo, startVisitedRelay } from '../visitedLoki.ts'
import { event, exception, vital } from '../visitRecords.ts'

const rulesFile = new URL('../../../deploy/grafana/rules/loki.yaml', import.meta.url)
const dayMinutes = 24 * 60

test('Loki evaluates each rule, records what is known, and raises the alerts that it should and no other', async t => {
  const rulesDir = await tempDir(t)
  const prometheus = await startPrometheus(t)
  const loki = await startLoki({
    ruler: {
      storage: { type: 'local', local: { directory: rulesDir } },
      rule_path: await tempDir(t),
      wal: { dir: await tempDir(t) },
      enable_api: true,
      poll_interval: '1s',
      evaluation_interval: '1s',
      ring: { kvstore: { store: 'inmemory' } },
      remote_write: { enabled: true, client: { url: `${prometheus.url}/api/v1/write` } },
    },
  })
  t.after(() => loki.stop())
  const visited = await startVisitedRelay(t, loki)
  await visited.receive(story())
  mkdirSync(join(rulesDir, visited.tenant))
  // Each second instead of each quarter of an hour; all else is as operators get it.
  const text = readFileSync(rulesFile, 'utf8').replaceAll(/^ {4}interval: .*$/gm, '    interval: 1s')
  writeFileSync(join(rulesDir, visited.tenant, 'loki-beacon.yaml'), text)
  const { groups } = parse(text) as { groups: { rules: object[] }[] }

  const rules = await waitFor(
    async () => {
      const { groups: loaded } = await api<{ groups: { rules: RuleState[] }[] }>('rules')
      const states = loaded.flatMap(group => group.rules)
      return states.length > 0 && states.every(({ health }) => health !== 'unknown') && states
    },
    { timeoutMs: 60_000, what: 'each rule to be evaluated' },
  )
  assert.equal(rules.length, groups.flatMap(group => group.rules).length)
  for (const { name, health, lastError } of rules) assert.equal(health, 'ok', `${name}: ${lastError}`)

  const alerts = await waitFor(
    async () => {
      const { alerts: raised } = await api<{ alerts: Alert[] }>('alerts')
      return raised.length >= expectedAlerts.length && raised
    },
    { timeoutMs: 30_000, what: 'the alerts' },
  )
  const names = alerts.map(({ labels: { alertname, app, fingerprint, vital: name } }) =>
    [alertname, app, fingerprint ?? name].filter(Boolean).join(' '),
  )
  assert.deepEqual(names.sort(), expectedAlerts)
  const summaryOf = (name: string) => alerts.find(({ labels }) => labels.alertname === name)!.annotations.summary
  assert.match(summaryOf('FrontendErrorSpike'), /^2\d errors in ten minutes in \w+ \(\w+\)/)
  assert.match(summaryOf('FrontendCrashFreeSessionsLow'), /^80% of the sessions of shop \(production\)/)
  assert.match(
    summaryOf('WebVitalRegression'),
    /^The p75 of (LCP|CLS) of shop \(production\) is (3k|300m), a third worse/,
  )

  const recorded = async (name: string) =>
    (await prometheus.query(`max by (app) (max_over_time(${name}[5m]))`))
      .map(({ labels, value }) => [labels.app, value])
      .sort()
  for (const [name, values] of Object.entries(expectedRecords))
    await waitFor(async () => closeTo(await recorded(name), values, name) ?? true, {
      timeoutMs: 30_000,
      everyMs: 500,
      what: `${name} in Prometheus`,
    })

  async function api<T>(path: string): Promise<T> {
    const response = await fetch(`${loki.url}/prometheus/api/v1/${path}`, {
      headers: { 'X-Scope-OrgID': visited.tenant },
    })
    return ((await response.json()) as { data: T }).data
  }
})

interface RuleState {
  name: string
  health: string
  lastError?: string
}

interface Alert {
  labels: { alertname: string; app: string; fingerprint?: string; vital?: string }
  annotations: { summary: string }
}

const expectedAlerts = [
  'FrontendCrashFreeSessionsLow shop',
  'FrontendErrorSpike docs',
  'FrontendErrorSpike shop',
  `NewFrontendError docs ${noCart}`,
  `NewFrontendError shop ${badCoupon}`,
  'WebVitalRegression shop cls',
  'WebVitalRegression shop lcp',
]

const expectedRecords = {
  'loki_beacon:exceptions:count1m': [
    ['blog', 30],
    ['docs', 22],
    ['shop', 27],
  ],
  'loki_beacon:sessions_with_error:count1m': [['shop', 12]],
  'loki_beacon:sessions:count1m': [
    ['blog', 60],
    ['shop', 60],
  ],
  'loki_beacon:lcp_ms:p75_1h': [
    ['blog', 3000],
    ['shop', 3000],
  ],
  'loki_beacon:inp_ms:p75_1h': [['shop', 150]],
  'loki_beacon:cls:p75_1h': [['shop', 0.3]],
}

/**
 * - shop: 27 errors, 2 in ten minutes before; a fault of them is new; 12 of 60 sessions failed; LCP and CLS are worse
 *   than yesterday, INP is too but still good.
 * - blog: as many errors, but it always has; its sessions are fine; LCP is poor, as it was yesterday.
 * - docs: errors out of nothing, in few sessions.
 */
function story(): Visit[] {
  const cart = (count: number, first = 0) =>
    Array.from({ length: count }, (_, i) =>
      exception(noCart, 'TypeError', `no cart ${i}`, i < first ? { sessionFirstError: true } : {}),
    )
  const coupon = (count: number) => Array.from({ length: count }, () => exception(badCoupon, 'RangeError', 'over'))
  const times = <T>(count: number, record: T) => Array.from({ length: count }, () => record)
  const yesterday = dayMinutes + 30
  return [
    visit('pk_shop', yesterday, [...cart(1), ...times(110, vital('lcp', 2000)), ...times(110, vital('inp', 100))]),
    visit('pk_shop', yesterday, times(110, vital('cls', 0.05))),
    visit('pk_blog', yesterday, [...cart(1), ...times(110, vital('lcp', 2900))]),
    visit('pk_shop', 40, cart(12)),
    visit('pk_blog', 40, cart(60)),
    visit('pk_shop', 30, [...times(110, vital('lcp', 3000)), ...times(110, vital('inp', 150))]),
    visit('pk_shop', 30, times(110, vital('cls', 0.3))),
    visit('pk_blog', 30, times(110, vital('lcp', 3000))),
    visit('pk_shop', recently, [...times(60, event('session_start')), ...cart(21, 12), ...coupon(6)]),
    visit('pk_blog', recently, [...times(60, event('session_start')), ...cart(30)]),
    visit('pk_docs', recently, cart(22)),
  ]
}

/** So that all of it lies in one window of the rules that count by the minute, for some seconds. */
const recently = 1.05

function visit(key: string, minutesAgo: number, records: Visit['records']): Visit {
  const context = { session: 's', release: '1.5.0', url: 'https://shop.example/cart' }
  return { key, minutesAgo, everyMs: 1, context, records }
}
