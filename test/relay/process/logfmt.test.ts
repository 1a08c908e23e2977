import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AppConfig } from '../../../relay/src/config.ts'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { decodeEntry, splitEntries } from '../../../relay/src/entry.ts'
import { createProcess, groupByLane } from '../../../relay/src/process/process.ts'
import { parseLogfmt } from './parseLogfmt.ts'

const receivedAtMs = Date.UTC(2026, 10, 20, 21, 47, 30)
const app: AppConfig = {
  name: 'shop',
  keys: ['pk_shop'],
  tenant: 'shop-prod',
  labels: { service_name: 'shop', app: 'shop', env: 'production' },
  labelKeys: {},
  maxStreams: 250,
  origins: ['*'],
  limits: { perClient: {}, perSession: {} },
  line: 'logfmt',
}
const context = {
  app: 'claims-to-be-other',
  environment: 'claims-to-be-other',
  release: '1.4.2',
  session: 's1',
  page: 'p1',
  url: 'https://shop.example/cart',
  referrer: 'https://shop.example/',
  user: { id: 'u_42', plan: 'pro' },
  browser: 'Chrome 156',
  os: 'Linux',
  mobile: false,
  language: 'de-DE',
  viewport: '1280x720',
  custom: { area: 'north' },
}
const meta =
  'app_name=shop app_version=1.4.2 app_environment=production user_id=u_42 user_attr_plan=pro session_id=s1 ' +
  'page_id=p1 page_url=https://shop.example/cart browser_name=Chrome browser_version=156 browser_os=Linux ' +
  'browser_mobile=false browser_language=de-DE browser_viewportWidth=1280 browser_viewportHeight=720 ' +
  'page_referrer=https://shop.example/ custom_area=north'
const trace = { trace: 'a363d4f4417aa83158c437febd2d8838', span: '42876ecc4c1feafa' }
const t = Date.UTC(2026, 10, 20, 21, 47, 29, 680)

describe("each kind has the keys of Faro's receiver, in their order", () => {
  const cases: [kind: string, record: object, own: string, rest?: string][] = [
    [
      'log',
      { message: 'React Router Future Flag Warning', attributes: { b: 1, a: 'x y', deep: { list: [1] } }, ...trace },
      'message="React Router Future Flag Warning" level=info context_a="x y" context_b=1 ' +
        'context_deep="{\\"list\\":[1]}" traceID=a363d4f4417aa83158c437febd2d8838 spanID=42876ecc4c1feafa',
    ],
    [
      'exception',
      {
        message: "TypeError: Cannot read property 'find' of undefined",
        error: {
          type: 'TypeError',
          message: "Cannot read property 'find' of undefined",
          stack: 'f@http://fe:3002/a.js:8639:42\ng@http://fe:3002/a.js:1:9',
          cause: { type: 'Error', message: 'the cause' },
        },
        mechanism: 'onerror',
      },
      'type=TypeError value="Cannot read property \'find\' of undefined" stacktrace="TypeError: Cannot read property ' +
        "'find' of undefined\\nf@http://fe:3002/a.js:8639:42\\ng@http://fe:3002/a.js:1:9\\nCaused by: Error: the cause\"",
      ' mechanism=onerror',
    ],
    [
      'measurement',
      {
        message: 'paint',
        values: { ttfp: 20.12, other: 22.12, ttfb: 14 },
        attributes: { host: 'localhost' },
        ...trace,
      },
      'type=web-vitals other=22.120000 ttfb=14.000000 ttfp=20.120000 traceID=a363d4f4417aa83158c437febd2d8838 ' +
        'spanID=42876ecc4c1feafa context_host=localhost value_other=22.12 value_ttfb=14 value_ttfp=20.12',
      ' message=paint',
    ],
    [
      'event',
      { message: 'click_login_button', attributes: { button_name: 'login' }, ...trace },
      'event_name=click_login_button event_data_button_name=login ' +
        'traceID=a363d4f4417aa83158c437febd2d8838 spanID=42876ecc4c1feafa',
    ],
  ]
  for (const [kind, record, own, rest = ''] of cases)
    test(kind, async () => {
      const [line] = await lines([{ kind, ...record }])
      assert.equal(line, `timestamp="2026-11-20 21:47:29.68 +0000 UTC" kind=${kind} ${own} ${meta}${rest}`)
    })
})

test('a log with an error keeps it, and an exception without one keeps its message', async () => {
  const error = { type: 'E', message: 'inner', stack: 'E: inner\n    at f', properties: { code: 'E_X' } }
  const [log, exception] = await lines([
    { message: 'outer', error },
    { kind: 'exception', message: 'alone' },
  ])
  const { message, type, value, stacktrace, error_code } = Object.fromEntries(parseLogfmt(log!))
  assert.deepEqual(
    { message, type, value, stacktrace, error_code },
    { message: 'outer', type: 'E', value: 'inner', stacktrace: 'E: inner\n    at f', error_code: 'E_X' },
  )
  assert.equal(Object.fromEntries(parseLogfmt(exception!)).value, 'alone')
})

test('breadcrumbs, repeats, route and connection have keys of their own; the stack stays as it was, without frames', async () => {
  const error = { type: 'E', message: 'm', stack: 'E: m\n    at f', frames: [{ function: 'f', file: 'a.js' }] }
  const breadcrumbs = [{ t, category: 'click', message: 'button#pay' }]
  const where = { ...context, route: '/cart', view: 'v1', connection: '4g', memoryGb: 8 }
  const [line, clash] = await lines(
    [
      { kind: 'exception', error, breadcrumbs, repeated: 3 },
      { kind: 'measurement', values: { repeated: 1, breadcrumbs: 2 } },
    ],
    where,
  )
  const found = Object.fromEntries(parseLogfmt(line!))
  assert.equal(found.stacktrace, 'E: m\n    at f')
  assert.deepEqual(JSON.parse(found.breadcrumbs!), breadcrumbs)
  assert.deepEqual(
    [found.repeated, found.view_name, found.browser_connection, found.browser_memoryGb, 'frames' in found],
    ['3', '/cart', '4g', '8', false],
  )
  const { repeated, value_repeated } = Object.fromEntries(parseLogfmt(clash!))
  assert.deepEqual([repeated, value_repeated], [undefined, '1'])
})

test('what a page says can not stand in for what the relay says', async () => {
  const names = [
    'kind',
    'timestamp',
    'app_name',
    'app-name',
    ' app_namespace',
    'level',
    'release',
    'traceID',
    'value_x',
  ]
  const values = Object.fromEntries(names.map(name => [name, 5]))
  const attributes = Object.fromEntries([...names, '" app_name=x', '\n', 'app_name="x'].map(name => [name, 'forged']))
  for (const kind of ['log', 'exception', 'measurement', 'event']) {
    const forged = { kind, message: 'x app_name=forged\napp_name=forged', attributes, values }
    const [line] = await lines([forged], { ...context, custom: attributes, user: attributes, browser: 'x app_name=y' })
    const pairs = parseLogfmt(line!)
    const found = Object.fromEntries(pairs)
    assert.equal(new Set(pairs.map(([key]) => key)).size, pairs.length, 'no key twice')
    assert.deepEqual(
      [found.kind, found.app_name, found.app_environment, found.app_version, found.timestamp],
      [kind, 'shop', 'production', '1.4.2', '2026-11-20 21:47:29.68 +0000 UTC'],
    )
    const free = pairs.map(([key]) => key).filter(key => !/^(context|value|event_data|user_attr|custom)_/.test(key))
    assert.ok(
      free.every(key => !/forged/.test(key) && !['release', 'app-name', 'app_namespace'].includes(key)),
      free.join(' '),
    )
  }
})

test('without an environment in the configuration there is none, whatever the page claims', async () => {
  const [line] = await lines([{}], context, { ...app, labels: { app: 'shop' } })
  assert.ok(!line!.includes('claims-to-be-other') && !line!.includes('app_environment'))
})

test('any text in any field is exactly one entry, one line, whose pairs give the text back', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\r\n',
      '\u2028',
      '\u0085',
      '\u0000',
      'a=b',
      '"',
      '\\',
      '\\"',
      'null',
      '\ud800',
      '\u001b[2J',
      'x" app_name="y',
      '\ufffd',
      '\\u0041',
    ),
  )
  const kind = fc.constantFrom('log', 'exception', 'measurement', 'event')
  await fc.assert(
    fc.asyncProperty(kind, text, text, text, async (of, message, key, value) => {
      const record = {
        n: 1,
        t,
        kind: of,
        level: 'info',
        message,
        attributes: { [key]: value },
        values: { [key]: 1 },
        error: { type: value, message },
      }
      const body = await encoded(
        [record],
        { ...context, url: value, browser: value, user: { id: value, [key]: value } },
        app,
      )
      const entries = splitEntries(body).map(decodeEntry)
      assert.equal(entries.length, 1)
      const { line } = entries[0]!
      assert.ok(!/[\p{Cc}\u2028\u2029]/u.test(line), JSON.stringify(line))
      const pairs = parseLogfmt(line)
      const found = new Map(pairs)
      assert.equal(found.size, pairs.length)
      assert.equal(found.get('app_name'), 'shop')
      assert.equal(found.get('kind'), of)
      assert.ok([...found.values()].includes(message.toWellFormed()) || message === '')
      const prefix = of === 'event' ? 'event_data_' : 'context_'
      if (!['__proto__', 'constructor', 'prototype'].includes(key) && value !== '')
        assert.ok(
          pairs.some(([name, item]) => name.startsWith(prefix) && item === value.toWellFormed()),
          line,
        )
    }),
    { numRuns: 1000 },
  )
})

test('names that become one when cleaned keep their values, however many they are', async () => {
  const attributes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a${' '.repeat(i)}`, i]))
  const [line] = await lines([{ attributes }])
  const found = parseLogfmt(line!).filter(([key]) => key.startsWith('context_'))
  assert.deepEqual(new Set(found.map(([, value]) => Number(value))).size, 200)
})

describe('lines that are too long are cut sensibly', () => {
  const cases: [string, object][] = [
    ['a long message', { message: 'm'.repeat(240_000) }],
    ['a long message that is escaped to six times its length', { message: '\u0001'.repeat(60_000) }],
    ['a long stack of three-byte characters', { error: { type: 'E', message: 'x', stack: '\u7dda'.repeat(80_000) } }],
    [
      'very many small attributes',
      { attributes: Object.fromEntries(Array.from({ length: 22_000 }, (_, i) => [`a${i}`, i])) },
    ],
  ]
  for (const [what, more] of cases)
    test(what, async () => {
      const [line] = await lines([more])
      assert.ok(Buffer.byteLength(line!) <= 200 * 1024, `${Buffer.byteLength(line!)} bytes`)
      const found = Object.fromEntries(parseLogfmt(line!))
      assert.equal(found.truncated, 'true')
      assert.ok(found.message!.length > 0)
    })
})

async function lines(records: object[], of: object = context, as = app): Promise<string[]> {
  const whole = records.map((record, n) => ({ n, t, kind: 'log', level: 'info', message: 'm', ...record }))
  return splitEntries(await encoded(whole, of, as)).map(bytes => decodeEntry(bytes).line)
}

/** All of one kind at a time would be one lane; several are joined here. */
async function encoded(records: object[], of: object, as: AppConfig): Promise<Uint8Array> {
  const header = {
    v: 1,
    batch: '0193e4f2a7b17c3d9e5f6a7b8c9d0e1f',
    sentAtMs: receivedAtMs,
    clockOffsetMs: 0,
    context: of,
  }
  const body = Buffer.from([header, ...records].map(line => JSON.stringify(line)).join('\n'))
  const batch = await decodeNative(body, { maxRecords: 10_000, maxRecordBytes: 1024 ** 2, receivedAtMs })
  assert.equal(batch.rejected.length, 0)
  const finals = await createProcess({ apps: [as], redact: false })(as, batch)
  return Buffer.concat(groupByLane(finals, 0).map(part => part.body))
}
