import assert from 'node:assert/strict'
import test from 'node:test'
import { createOutcomes } from '../../../../relay/src/outcomes.ts'
import { pageModule } from './pageModule.ts'

const { describeSteps } = await pageModule('steps')
const relayUrl = 'http://127.0.0.1:8080'
const nowMs = 1_795_000_000_000
const shop = {
  name: 'shop',
  key: 'pk_shop_web',
  origins: ['https://shop.example'],
  tenant: 'shop-prod',
  selector: '{app="shop", env="production"}',
}
const fresh = {
  version: '1.0.0',
  mode: 'forwarding',
  lokiHost: 'loki:3100',
  nowMs,
  spool: { records: 0, bytes: 0, oldestAgeMs: 0, quarantinedRecords: 0, writable: true },
  lanes: [] as object[],
  counts: { records: 0, byApp: {}, byLevel: {} },
  outcomes: createOutcomes().totals(),
  refusals: [] as object[],
  scriptLoads: 0,
  configProblems: [] as object[],
  publicPort: 8080,
  apps: [shop],
}
const arrived = { ...fresh, counts: { records: 3, byApp: { shop: 3 }, byLevel: { info: 3 } } }
const stored = { ...arrived, outcomes: { ...fresh.outcomes, received: 3, stored: 3 } }

interface Step {
  title: string
  state: string
  text?: string
  code?: string
  notes?: string[]
  refusals?: { hint?: { text: string; code?: string } }[]
}

function stepsOf(status: object | undefined): Step[] {
  return describeSteps(status, relayUrl)
}

function states(status: object | undefined): string {
  return stepsOf(status)
    .map(({ state }) => state)
    .join(' ')
}

test('each step waits for the one before it', () => {
  assert.equal(states(undefined), 'fault')
  assert.equal(states(fresh), 'done wait later later')
  assert.equal(states({ ...arrived, spool: undefined }), 'done done fault later')
  assert.equal(states(arrived), 'done done done wait')
  assert.equal(states(stored), 'done done done done')
  assert.equal(states({ ...fresh, apps: [] }), 'fault later later later')
})

test('before the first request it gives the line to paste, and says where to look for an ad blocker', () => {
  const [, sending] = stepsOf(fresh) as [Step, Step]
  assert.equal(sending.title, 'No request yet')
  assert.match(sending.code!, /src="http:\/\/127\.0\.0\.1:8080\/sdk\/v1\/loki-beacon\.js" data-key="pk_shop_web"/)
  assert.match(sending.notes!.join(), /ad blocker.*CSP.*https page/s)
})

test('a script that was fetched, and nothing sent: consent, policy, blocker or an old browser', () => {
  const [, sending] = stepsOf({ ...fresh, scriptLoads: 2 }) as [Step, Step]
  assert.match(`${sending.title} ${sending.text}`, /script was loaded.*Loaded 2 times/)
  assert.match(sending.notes!.join(), /ad blocker.*connect-src.*consent.*Chrome 80/s)
})

test('a refused origin comes with the line that allows it, an unknown key with those that there are', () => {
  const refusal = { origin: 'http://localhost:5173', key: 'pk_shop_web', times: 2, lastAtMs: nowMs - 1000 }
  const hintOf = (change: object) => {
    const [, { state, refusals }] = stepsOf({ ...fresh, refusals: [{ ...refusal, ...change }] }) as [Step, Step]
    assert.equal(state, 'fault')
    return refusals![0]!.hint
  }
  assert.equal(hintOf({ code: 'origin_not_allowed' })!.code, 'RELAY_ORIGINS=https://shop.example,http://localhost:5173')
  const ofFile = { ...fresh, apps: [{ ...shop, file: '/etc/relay.yaml' }] }
  const [, { refusals }] = stepsOf({ ...ofFile, refusals: [{ ...refusal, code: 'origin_not_allowed' }] }) as [
    Step,
    Step,
  ]
  assert.match(refusals![0]!.hint!.text, /for shop in \/etc\/relay\.yaml/)
  assert.equal(refusals![0]!.hint!.code, 'origins: ["https://shop.example","http://localhost:5173"]')
  assert.match(hintOf({ code: 'origin_not_allowed', origin: 'null' })!.text, /file:\/\//)
  assert.match(hintOf({ code: 'origin_not_allowed', origin: undefined })!.text, /no origin/)
  assert.match(hintOf({ code: 'unknown_key', key: 'pk_wrong' })!.code!, /data-key="pk_shop_web" {2}\(shop\)/)
  assert.match(hintOf({ code: 'token_required' })!.text, /getToken/)
  assert.equal(hintOf({ code: '__proto__' }), undefined, 'a code that nobody knows has no hint')
  assert.equal(states({ ...fresh, refusals: [{ ...refusal, code: 'x', lastAtMs: nowMs - 3_600_000 }] }), states(fresh))
})

test('what keeps records from Loki is told with the advice of the relay, or with what comes next', () => {
  const reason = '302 to http://grafana:3000/login'
  for (const [state, advice, words] of [
    ['stopped', 'It is no Loki. Correct LOKI_ENDPOINT.', /^It is no Loki\. Correct LOKI_ENDPOINT\.$/],
    ['stopped', undefined, /until something is changed/],
    ['retrying', undefined, /tries again by itself/],
    ['throttled', undefined, /tries again by itself/],
  ] as const) {
    const lane = { lane: 'shop-prod {app="shop"}', state, breaker: 'open', reason, advice, sinceMs: nowMs }
    const last = stepsOf({ ...arrived, lanes: [lane], spool: { ...fresh.spool, records: 3 } }).at(-1)!
    assert.equal(last.state, 'fault')
    assert.match(last.text!, words)
    assert.equal(last.code, `tenant shop-prod: ${reason}`)
    assert.match(last.notes!.join(), /Nothing is lost. 3 records/)
  }
})

test('stored in Loki comes with the LogQL and the tenant, stored without one with how to name it', () => {
  const last = stepsOf(stored).at(-1)!
  assert.equal(last.code, '{app="shop", env="production"} | json')
  assert.match(last.notes!.join(), /tenant shop-prod/)
  const standalone = stepsOf({ ...arrived, mode: 'standalone', lokiHost: undefined }).at(-1)!
  assert.equal(standalone.state, 'idle')
  assert.match(standalone.code!, /^LOKI_ENDPOINT=/)
})

test('what is not there yet is told without words that lead up to a line which is not shown', () => {
  const standalone = { ...fresh, mode: 'standalone', lokiHost: undefined }
  const misconfigured = { ...fresh, configProblems: [{ field: 'port', text: 'has changed' }] }
  for (const status of [fresh, standalone, misconfigured, { ...misconfigured, scriptLoads: 2 }])
    for (const { state, text, code, notes } of stepsOf(status).filter(step => step.state === 'later')) {
      assert.doesNotMatch(text ?? '', /:$/)
      assert.deepEqual([state, code, notes], ['later', undefined, undefined])
    }
  assert.match(stepsOf(standalone).at(-1)!.text!, /kept on disk\.$/)
})

test('a full spool and a configuration that is not in use are faults', () => {
  const full = { bound: 'disk', reason: 'less than 64 MiB are free on the disk of /data: make room' }
  const [, , stored503] = stepsOf({ ...arrived, spool: { ...fresh.spool, writable: false, full } }) as Step[]
  assert.match(stored503!.text!, /Less than 64 MiB are free on the disk of \/data: make room\. Browsers keep/)
  assert.equal(states({ ...arrived, spool: { ...fresh.spool, writable: false } }), 'done done fault later')
  const [first] = stepsOf({ ...stored, configProblems: [{ field: 'port', text: 'has changed' }] }) as [Step]
  assert.deepEqual([first.state, first.notes], ['fault', ['port: has changed']])
})
