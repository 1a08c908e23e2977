import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AppConfig } from '../../../relay/src/config.ts'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { decodeEntry, splitEntries, timestampNs } from '../../../relay/src/entry.ts'
import { createSeenValues } from '../../../relay/src/process/labels.ts'
import { createProcess, groupByLane } from '../../../relay/src/process/process.ts'

const receivedAtMs = Date.UTC(2026, 10, 20, 12, 30)
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const app: AppConfig = {
  name: 'shop',
  keys: ['pk_shop'],
  tenant: 'shop-prod',
  labels: { service_name: 'shop', app: 'shop', env: 'production', team: 'web' },
  labelKeys: {},
  maxStreams: 250,
  origins: ['*'],
  limits: { perClient: {}, perSession: {} },
}
const context = {
  app: 'claims-to-be-other',
  release: '1.4.2',
  session: 's1',
  page: 'p1',
  url: 'https://shop.example/cart',
  referrer: 'https://shop.example/',
  user: { id: 'u_42', plan: 'pro' },
  browser: 'Firefox 150',
  os: 'Linux',
  mobile: false,
  viewport: '1280x720',
  custom: { area: 'north' },
}
const record = {
  n: 12,
  t: receivedAtMs - 500.75,
  kind: 'log',
  level: 'info',
  message: 'hello',
  attributes: { cart: 3 },
}

test('a record becomes labels, structured metadata, time and one compact line', async () => {
  const [final] = await run([record])
  assert.deepEqual(final!.stream.labels, {
    service_name: 'shop',
    app: 'shop',
    env: 'production',
    team: 'web',
    kind: 'log',
  })
  assert.equal(
    final!.stream.lane,
    'shop-prod {app="shop", env="production", kind="log", service_name="shop", team="web"}',
  )
  assert.deepEqual(Object.fromEntries(final!.entry.metadata), {
    level: 'info',
    record_id: 'p1-12',
    session_id: 's1',
    page_id: 'p1',
    page_path: '/cart',
    user_id: 'u_42',
    release: '1.4.2',
    browser: 'Firefox 150',
    os: 'Linux',
  })
  assert.equal(
    final!.entry.line,
    '{"message":"hello","attributes":{"cart":3},"url":"https://shop.example/cart","referrer":"https://shop.example/",' +
      '"viewport":"1280x720","mobile":false,"user":{"plan":"pro"},"custom":{"area":"north"}}',
  )
  assert.equal(timestampNs(final!.entry) / 1000n, BigInt(Math.round(record.t * 1000)))
})

test('a route takes the place of the path; view, fingerprint and first error of a session can be filtered by', async () => {
  const breadcrumbs = [{ t: record.t, category: 'click', message: 'button#pay' }]
  const more = { fingerprint: '9f86d081', sessionFirstError: true, repeated: 3, breadcrumbs }
  const exception = {
    ...record,
    kind: 'exception',
    error: { type: 'E', message: 'm', frames: [{ file: 'a.js' }] },
    ...more,
  }
  const [first, plain] = await run([exception, { ...record, n: 13 }], {
    context: { ...context, view: 'v1', route: '/product/:id', connection: '4g', memoryGb: 8 },
  })
  const { fingerprint, session_first_error, view_id, page_path } = Object.fromEntries(first!.entry.metadata)
  assert.deepEqual([fingerprint, session_first_error, view_id, page_path], ['9f86d081', 'true', 'v1', '/product/:id'])
  const line = JSON.parse(first!.entry.line)
  assert.deepEqual([line.repeated, line.breadcrumbs, line.error.frames], [3, breadcrumbs, [{ file: 'a.js' }]])
  assert.deepEqual([line.route, line.connection, line.memoryGb], ['/product/:id', '4g', 8])
  assert.deepEqual(
    plain!.entry.metadata.map(([name]) => name).filter(name => /fingerprint|first/.test(name)),
    [],
  )
})

test('what a page says can not stand in for what the relay says', async () => {
  const labelled = { ...app, labelKeys: { region: { max: 2 } } }
  const forged = {
    level: 'x',
    record_id: 'x',
    tenant: 'x',
    app: 'x',
    env: 'x',
    kind: 'x',
    service_name: 'x',
    message: 'x',
    late: 'x',
    region: 'eu',
  }
  const [final] = await run(
    [{ ...record, attributes: forged }],
    { context: { ...context, custom: forged, user: forged } },
    labelled,
  )
  assert.deepEqual(final!.stream.labels, { ...app.labels, kind: 'log', region: 'eu' })
  assert.equal(final!.entry.metadata.find(([name]) => name === 'record_id')![1], 'p1-12')
  assert.equal(JSON.parse(final!.entry.line).message, 'hello')
})

describe('time', () => {
  const at = async (t: number, n = 1) => {
    const [final] = await run([{ ...record, n, t }])
    return {
      ns: timestampNs(final!.entry),
      late: final!.stream.labels.late,
      eventTime: Object.fromEntries(final!.entry.metadata).event_time,
    }
  }
  const us = (ms: number) => BigInt(Math.round(ms * 1000))

  test('is the event time to the microsecond; the last three digits tell records apart, always in the same way', async () => {
    const times = new Set<bigint>()
    for (let n = 0; n < 200; n++) {
      const { ns } = await at(receivedAtMs - 0.25, n)
      assert.equal(ns / 1000n, us(receivedAtMs - 0.25))
      assert.equal(ns, (await at(receivedAtMs - 0.25, n)).ns)
      times.add(ns)
    }
    assert.equal(times.size, 200)
  })

  const cases: [what: string, ageMs: number, late?: string, clamped?: boolean][] = [
    ['now', 0],
    ['50 minutes ago', 50 * minute],
    ['51 minutes ago: to the stream of its hour', 51 * minute, '2026-11-20T11'],
    ['two days ago: likewise', 2 * day, '2026-11-18T12'],
    ['6.5 days ago: likewise', 6.5 * day, '2026-11-14T00'],
    ['longer ago than Loki takes: at receipt, with event_time', 6.5 * day + 1, undefined, true],
    ['in 1970: likewise', receivedAtMs, undefined, true],
    ['five minutes ahead', -5 * minute],
    ['further ahead than Loki takes: at receipt, with event_time', -5 * minute - 1, undefined, true],
  ]
  for (const [what, ageMs, late, clamped = false] of cases)
    test(what, async () => {
      const found = await at(receivedAtMs - ageMs)
      assert.equal(found.late, late)
      assert.equal(found.ns / 1000n, us(clamped ? receivedAtMs : receivedAtMs - ageMs))
      assert.equal(found.eventTime, clamped ? new Date(receivedAtMs - ageMs).toISOString() : undefined)
    })

  test('records of a batch that are all too old keep their order', async () => {
    const finals = await run(Array.from({ length: 1500 }, (_, n) => ({ ...record, n, t: 1 })))
    const times = finals.map(final => timestampNs(final.entry))
    for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]!)
  })
})

describe('labels of a page are bounded', () => {
  test('a list of values: all others are other', async () => {
    const labelled = { ...app, labelKeys: { release: ['1.4.2', '1.4.1'], plan: ['pro'] } }
    const finals = await run(
      [record, { ...record, attributes: { plan: 'pro' } }, { ...record, attributes: { plan: 'x' } }],
      {},
      labelled,
    )
    assert.deepEqual(
      finals.map(({ stream: { labels } }) => [labels.release, labels.plan]),
      [
        ['1.4.2', undefined],
        ['1.4.2', 'pro'],
        ['1.4.2', 'other'],
      ],
    )
  })

  test('a number of values: the first ones, and then other, however many come', async () => {
    const labelled = { ...app, labelKeys: { plan: { max: 3 } } }
    const records = Array.from({ length: 2000 }, (_, n) => ({ ...record, n, attributes: { plan: `plan-${n % 1000}` } }))
    const finals = await run(records, {}, labelled)
    assert.deepEqual(
      new Set(finals.map(({ stream }) => stream.labels.plan)),
      new Set(['plan-0', 'plan-1', 'plan-2', 'other']),
    )
    assert.equal(groupByLane(finals, 0).length, 4)
  })

  test('a changed configuration does not let a label have further first values', async () => {
    const seen = createSeenValues()
    const values = async (labelled: typeof app, plans: string[]) => {
      const records = plans.map((plan, n) => ({ ...record, n, attributes: { plan } }))
      const finals = await createProcess({ apps: [labelled], redact: true, seen })(labelled, await decode(records))
      return finals.map(({ stream }) => stream.labels.plan)
    }
    const labelled = { ...app, labelKeys: { plan: { max: 2 } } }
    assert.deepEqual(await values(labelled, ['a', 'b', 'c']), ['a', 'b', 'other'])
    assert.deepEqual(await values({ ...labelled }, ['c', 'b', 'a']), ['other', 'b', 'a'])
    assert.deepEqual(await values({ ...app, labelKeys: { plan: { max: 3 } } }, ['c', 'd']), ['c', 'other'])
  })

  describe('streams of many values in several labels', () => {
    const labelled = { ...app, labelKeys: { a: { max: 100 }, b: { max: 100 } }, maxStreams: 10 }
    const process = async (seen = createSeenValues()) => {
      const ofApp = createProcess({ apps: [labelled], redact: true, seen })
      return async (records: object[], atMs = receivedAtMs) => {
        const batch = await decode(records.map((more, n) => ({ ...record, n, t: atMs, ...more })))
        const finals = await ofApp(labelled, { ...batch, receivedAtMs: atMs })
        return finals.map(({ stream: { labels } }) => `${labels.a} ${labels.b}${labels.late ? ` ${labels.late}` : ''}`)
      }
    }
    const values = (count: number, from = 0) =>
      Array.from({ length: count }, (_, i) => ({ attributes: { a: (from + i) % 7, b: Math.floor((from + i) / 7) } }))

    test('as many as are wanted, and then all of their labels are other, whether they had a value or not', async () => {
      const run = await process()
      const found = await run([...values(10), { attributes: { a: 6 } }, ...values(30), {}])
      assert.deepEqual(new Set(found.slice(0, 10)).size, 10)
      assert.deepEqual(new Set(found.slice(10)), new Set([...found.slice(0, 10), 'other other']))
      assert.deepEqual([found[10], found.at(-1)], ['other other', 'other other'])
    })

    test('one that is in use keeps its place over changes of the configuration; what has no record for an hour gives its own up', async () => {
      const seen = createSeenValues()
      const run = await process(seen)
      await run(values(10))
      assert.deepEqual(await run(values(1), receivedAtMs + 50 * minute), ['0 0'])
      const next = await process(seen)
      assert.deepEqual(await next(values(1, 20), receivedAtMs + hour), ['other other'])
      const later = receivedAtMs + hour + 1
      assert.deepEqual(await next(values(9, 20), later), [
        '6 2',
        '0 3',
        '1 3',
        '2 3',
        '3 3',
        '4 3',
        '5 3',
        '6 3',
        '0 4',
      ])
      assert.deepEqual(await next([...values(1), ...values(1, 30)], later), ['0 0', 'other other'])
    })

    test('late ones have half of the places, and each keeps its hour', async () => {
      const run = await process()
      const late = values(8).map((more, i) => ({ ...more, t: receivedAtMs - (2 + i) * hour }))
      const found = await run([...late, ...values(6)])
      const hours = ['10', '09', '08', '07', '06', '05', '04', '03'].map(of => `2026-11-20T${of}`)
      const kept = ['0 0', '1 0', '2 0', '3 0', '4 0', 'other other', 'other other', 'other other']
      assert.deepEqual(
        found.slice(0, 8),
        kept.map((labels, i) => `${labels} ${hours[i]}`),
      )
      assert.deepEqual(found.slice(8), ['0 0', '1 0', '2 0', '3 0', '4 0', 'other other'])
    })
  })

  test('two label keys with the same value are two streams', async () => {
    const labelled = { ...app, labelKeys: { a: { max: 3 }, b: { max: 3 } } }
    const finals = await run(
      [
        { ...record, attributes: { a: 'x' } },
        { ...record, attributes: { b: 'x' } },
      ],
      {},
      labelled,
    )
    assert.notEqual(finals[0]!.stream.lane, finals[1]!.stream.lane)
  })

  test('100,000 records of random content make no more label sets than the configuration allows, and none of its own labels', async () => {
    const bounds = { release: { max: 5 }, plan: ['pro', 'free'], browser: { max: 3 }, region: { max: 2 } }
    const labelled = { ...app, labelKeys: bounds }
    const process = createProcess({ apps: [labelled], redact: true })
    const sets = new Set<string>()
    const values = new Map<string, Set<string>>()
    let stored = 0
    const samples = fc.sample(anyRecord, 2000)
    const claims = fc.sample(anyContext, 100)
    for (const [i, claimed] of claims.entries()) {
      const records = Array.from({ length: 1000 }, (_, n) => {
        const sample = samples[(i * 1000 + n) % samples.length]!
        const attributes = { ...sample.attributes, [`key-${n}`]: n, ...(n % 2 && { region: `region-${i}-${n}` }) }
        return { ...sample, n, attributes }
      })
      const context = { ...claimed, ...(i % 2 && { release: `release-${i}` }), page: 'p' }
      for (const { stream } of await process(labelled, await decode(records, { context }))) {
        const { labels, lane } = stream
        stored++
        const { late, ...others } = labels
        sets.add(JSON.stringify(others))
        for (const [name, value] of Object.entries(labels)) {
          if (!values.has(name)) values.set(name, new Set())
          values.get(name)!.add(value)
        }
        assert.ok(lane.startsWith('shop-prod {'), lane)
      }
    }
    assert.equal(stored, 100_000)
    // Each has its values, `other`, or none; times the kinds.
    assert.ok(sets.size <= 4 * (5 + 2) * (2 + 2) * (3 + 2) * (2 + 2), `${sets.size} label sets`)
    const most = { app: 1, service_name: 1, env: 1, team: 1, kind: 4, release: 6, plan: 3, browser: 4, region: 3 }
    // Hours that Loki still takes.
    const sizes = { ...most, late: 6.5 * 24 + 1 }
    for (const [name, of] of values) assert.ok(of.size <= sizes[name as keyof typeof sizes], `${name}: ${[...of]}`)
    assert.deepEqual([...values.get('app')!, ...values.get('env')!], ['shop', 'production'])
    assert.deepEqual(values.get('plan'), new Set(['pro', 'free', 'other']))
  })
})

describe('lines that are too long are cut sensibly', () => {
  const cases: [string, object][] = [
    ['a long message', { message: 'm'.repeat(240_000) }],
    ['a long stack of three-byte characters', { error: { type: 'E', message: 'x', stack: '\u7dda'.repeat(80_000) } }],
    [
      'many long attributes',
      { attributes: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a${i}`, 'v'.repeat(4000)])) },
    ],
    [
      'very many small attributes',
      { attributes: Object.fromEntries(Array.from({ length: 22_000 }, (_, i) => [`a${i}`, i])) },
    ],
    ['e-mail addresses that redaction makes longer', { message: 'a@b.co,'.repeat(35_000) }],
  ]
  for (const [what, more] of cases)
    test(what, async () => {
      const [final] = await run([{ ...record, ...more }])
      const { line } = final!.entry
      assert.ok(Buffer.byteLength(line) <= 200 * 1024, `${Buffer.byteLength(line)} bytes`)
      const parsed = JSON.parse(line)
      assert.equal(parsed.truncated, true)
      assert.ok(parsed.message.length > 0)
      assert.ok(line.isWellFormed())
    })
})

test('parts are one a lane, in the order of the batch, and from a position on', async () => {
  const finals = await run([1, 2, 3, 4].map(n => ({ ...record, n, kind: n % 2 ? 'log' : 'event', message: `m${n}` })))
  const parts = groupByLane(finals, 1)
  assert.deepEqual(
    parts.map(part => splitEntries(part.body).map(bytes => JSON.parse(decodeEntry(bytes).line).message)),
    [['m2', 'm4'], ['m3']],
  )
  assert.deepEqual(
    parts.map(part => part.records),
    [2, 1],
  )
})

test('any text in any field is exactly one entry whose line is one JSON object that gives the text back', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\r\n',
      '\u2028',
      '\u0000',
      '{app="x"}',
      '$' + '{jndi:ldap://x}',
      '\ud800',
      '\u001b[2J',
      '","app":"x',
    ),
  )
  await fc.assert(
    fc.asyncProperty(text, text, text, async (message, key, value) => {
      const process = createProcess({ apps: [app], redact: false })
      const batch = await decode(
        [{ ...record, message, attributes: { [key]: value }, error: { type: value, message } }],
        {
          context: { ...context, release: value, browser: value, url: value, user: { id: value, name: value } },
        },
      )
      const finals = await process(app, batch)
      const [part, ...others] = groupByLane(finals, 0)
      assert.equal(others.length, 0)
      const entries = splitEntries(part!.body).map(decodeEntry)
      assert.equal(entries.length, 1)
      const { line, metadata } = entries[0]!
      assert.ok([...line].every(character => character >= ' '))
      const parsed = JSON.parse(line)
      assert.equal(parsed.message, message.toWellFormed())
      if (!['__proto__', 'constructor', 'prototype'].includes(key))
        assert.equal(parsed.attributes[key.toWellFormed()], value.toWellFormed())
      assert.equal(part!.lane, 'shop-prod {app="shop", env="production", kind="log", service_name="shop", team="web"}')
      for (const [name, item] of metadata) {
        assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/)
        assert.ok(item !== '')
      }
    }),
    { numRuns: 500 },
  )
})

const anyText = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('pro', 'free', 'other', 'x'.repeat(200)))
const anyRecord = fc.record({
  t: fc.oneof(
    { weight: 20, arbitrary: fc.constant(receivedAtMs) },
    { weight: 1, arbitrary: fc.double({ min: receivedAtMs - 9 * day, max: receivedAtMs + hour, noNaN: true }) },
  ),
  kind: fc.constantFrom('log', 'exception', 'measurement', 'event'),
  level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
  message: anyText,
  attributes: fc.dictionary(
    fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.constantFrom('app', 'env', 'tenant', 'kind', 'level', 'late', 'service_name', 'team', 'plan', 'region'),
    ),
    fc.oneof(anyText, fc.integer(), fc.boolean()),
    { maxKeys: 6 },
  ),
})
const anyContext = fc.record({ app: anyText, environment: anyText, release: anyText, browser: anyText, os: anyText })

async function decode(records: object[], more: object = {}) {
  const header = {
    v: 1,
    batch: '0193e4f2a7b17c3d9e5f6a7b8c9d0e1f',
    sentAtMs: receivedAtMs,
    clockOffsetMs: 0,
    context,
    ...more,
  }
  const body = Buffer.from([header, ...records].map(line => JSON.stringify(line)).join('\n'))
  return decodeNative(body, { maxRecords: 10_000, maxRecordBytes: 1024 * 1024, receivedAtMs })
}

async function run(records: object[], more: object = {}, of = app) {
  const finals = await createProcess({ apps: [of], redact: true })(of, await decode(records, more))
  return finals.map(final => ({ ...final, entry: decodeEntry(final.body.subarray(final.start, final.end)) }))
}
