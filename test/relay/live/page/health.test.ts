import assert from 'node:assert/strict'
import test from 'node:test'
import { pageModule } from './pageModule.ts'

test('the header says in one line whether it works', async () => {
  const { describeHealth } = await pageModule('health')
  const spool = { records: 7, bytes: 900, oldestAgeMs: 61_000, quarantinedRecords: 0, writable: true }
  const forwarding = { mode: 'forwarding', lokiHost: 'loki:3100', spool, lanes: [] }
  const lane = 'shop {app="shop"}'
  const expected = [
    [undefined, 'bad', /does not answer/],
    [{ ...forwarding, spool: undefined }, 'bad', /spool does not answer/],
    [{ ...forwarding, spool: { ...spool, writable: false } }, 'bad', /full.*7 records/],
    [
      { ...forwarding, spool: { ...spool, writable: false, full: { bound: 'disk', reason: 'no room: make some' } } },
      'bad',
      /full No room: make some\. Browsers.*7 records/,
    ],
    [{ ...forwarding, mode: 'standalone' }, 'idle', /no Loki/],
    [forwarding, 'ok', /^Forwarding to loki:3100/],
    [{ ...forwarding, lanes: [{ lane, state: 'shipping' }] }, 'ok', /^Forwarding/],
    [
      { ...forwarding, lanes: [{ lane, state: 'stopped', reason: '200', advice: 'It is no Loki.' }] },
      'bad',
      /^Not stored in Loki: tenant shop It is no Loki\. 7 records.*kept/,
    ],
    [{ ...forwarding, lanes: [{ lane, state: 'retrying', reason: 'refused' }] }, 'wait', /refused\. 7 records kept/],
    [{ ...forwarding, spool: { ...spool, quarantinedRecords: 3 } }, 'wait', /3 records.*quarantine/],
  ] as const
  for (const [status, tone, words] of expected) {
    const health = describeHealth(status)
    assert.equal(health.tone, tone)
    assert.match(`${health.title} ${health.detail}`, words)
  }
})
