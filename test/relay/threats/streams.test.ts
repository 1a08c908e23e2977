import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { waitFor } from '../../support/waitFor.ts'
import { batchOf, origin, recordOf, send, startSourceRelay } from '../api/sourceRelay.ts'
import { startScriptedLoki } from '../upstream/scriptedLoki.ts'

const hour = 3_600_000
/** The default of `maxStreams`, and what it leaves apart: each kind in each hour that Loki takes. */
const mostStreams = 250 + 4 * (1 + 157)
const labelKeys = 'labelKeys: { release: { max: 20 }, plan: { max: 20 } }'
const kinds = ['log', 'exception', 'measurement', 'event']

const floods: [what: string, more: (n: number, nowMs: number) => object][] = [
  [
    'of records of each hour of the week',
    (n, nowMs) => ({
      t: nowMs - (Math.floor(n / 4) % 156) * hour,
      attributes: { plan: `p${Math.floor(n / 624) % 20}` },
    }),
  ],
  [
    'of records of now, with each value in each label',
    n => ({ attributes: { plan: `p${Math.floor(n / 4) % 21}`, release: `r${Math.floor(n / 84) % 21}` } }),
  ],
]

describe('10,000 records with labels of each kind, in one small gzip', () => {
  for (const [what, more] of floods)
    test(`${what}: few streams, and an honest record that comes just after is in Loki within 2 s`, async t => {
      const loki = await startScriptedLoki(t)
      const relay = await startSourceRelay(
        t,
        { RELAY_KEY: '', LOKI_ENDPOINT: loki.url, LOKI_FLUSH_INTERVAL: '100ms' },
        `apps: [{ name: shop, keys: [pk_shop], origins: ['${origin}'], ${labelKeys} }]`,
      )
      const nowMs = Date.now()
      const records = Array.from({ length: 10_000 }, (_, n) => recordOf(n, { kind: kinds[n % 4], ...more(n, nowMs) }))
      const body = gzipSync(batchOf(records))
      assert.ok(body.length < 150_000, `${body.length} bytes`)
      assert.equal((await send(relay, { body })).json.accepted, 10_000)

      const startMs = performance.now()
      const honest = batchOf([recordOf(1, { message: 'honest', attributes: { plan: 'pro' } })])
      assert.equal((await send(relay, { body: honest })).status, 202)
      await waitFor(() => loki.stored().some(line => line.includes('honest')), {
        timeoutMs: 20_000,
        everyMs: 10,
        what: 'the honest record in Loki',
      })
      const tookMs = performance.now() - startMs
      assert.ok(tookMs < 2000, `${Math.round(tookMs)} ms`)

      await waitFor(() => loki.stored().length === 10_001, { timeoutMs: 60_000, everyMs: 50, what: 'all of the flood' })
      const streams = new Set(loki.entries().map(({ labels }) => labels)).size
      assert.ok(streams <= mostStreams, `${streams} streams`)
    })
})
