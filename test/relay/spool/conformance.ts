import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AppendResult,
  type LeasedPart,
  type Part,
  type Spool,
  type SpoolBatch,
  SpoolClosedError,
  SpoolFullError,
} from '../../../relay/src/spool/spool.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { killUnderLoad } from './killUnderLoad.ts'

/** What a module must export to be put through the suite. */
export interface SpoolEngine {
  /** Opens the store of `dir`, made if need be. */
  open(options: { dir: string; maxBytes?: number }): Promise<Spool>
}

const lane = 'acme {app="shop", kind="log"}'
const otherLane = 'acme {app="shop", kind="exception"}'
const everything = { maxRecords: 1_000_000, maxBytes: 1024 ** 3, ttlMs: 60_000 }
const kills = process.env.LONG ? 20 : 3

/** Every promise of the `Spool` interface, for the engine that the module at `engineUrl` exports. */
export function spoolConformance(name: string, engineUrl: string): void {
  describe(`${name}: append`, () => {
    test('a batch is leased as it was appended, and gone once acknowledged', async t => {
      const { spool } = await openSpool(t)
      const parts = [part(lane, 'one two'), part(otherLane, 'three')]
      assert.deepEqual(await append(spool, 'b1', parts), { status: 'stored' })
      const [leased] = await spool.lease({ lane, ...everything })
      assert.ok(leased)
      assert.equal(text(leased), 'one two')
      assert.equal(leased.records, 1)
      assert.equal(leased.lane, lane)
      assert.equal(leased.attempts, 0)
      assert.ok(Math.abs(leased.enqueuedAtMs - Date.now()) < 60_000)
      await spool.ack([leased])
      assert.deepEqual(await spool.lanes(), [otherLane])
      assert.equal((await spool.stats()).parts, 1)
    })

    test('a batch id is stored once: while it waits, leased, acknowledged and after a restart', async t => {
      const { spool, reopen } = await openSpool(t)
      const again = (store = spool) => append(store, 'b1', [part(lane, 'x')])
      assert.deepEqual(await again(), { status: 'stored' })
      assert.deepEqual(await again(), { status: 'duplicate' })
      const leased = await spool.lease({ lane, ...everything })
      assert.deepEqual(await again(), { status: 'duplicate' })
      await spool.ack(leased)
      assert.deepEqual(await again(), { status: 'duplicate' })
      assert.deepEqual(await again(await reopen()), { status: 'duplicate' })
    })

    test('ids of different apps are different ids', async t => {
      const { spool } = await openSpool(t)
      const batch = { id: 'b1', from: 0, to: 1, parts: [part(lane, 'x')] }
      assert.deepEqual(await spool.append({ app: 'shop', ...batch }), { status: 'stored' })
      assert.deepEqual(await spool.append({ app: 'blog', ...batch }), { status: 'stored' })
    })

    test('of a batch that has grown only the new tail is stored', async t => {
      const { spool } = await openSpool(t)
      await spool.append({ app: 'shop', id: 'b1', from: 0, to: 3, parts: [part(lane, 'abc', 3)] })
      const grown = { app: 'shop', id: 'b1', to: 5 }
      assert.deepEqual(await spool.append({ ...grown, from: 0, parts: [part(lane, 'abcde', 5)] }), {
        status: 'overlap',
        seen: 3,
      })
      assert.deepEqual(await spool.append({ ...grown, from: 3, parts: [part(lane, 'de', 2)] }), { status: 'stored' })
      assert.deepEqual(await spool.append({ ...grown, from: 3, parts: [part(lane, 'de', 2)] }), { status: 'duplicate' })
      assert.deepEqual((await spool.lease({ lane, ...everything })).map(text), ['abc', 'de'])
    })

    test('a tail without its beginning is not stored', async t => {
      const { spool } = await openSpool(t)
      const tail = { app: 'shop', id: 'b1', from: 2, to: 3, parts: [part(lane, 'c')] }
      assert.deepEqual(await spool.append(tail), { status: 'overlap', seen: 0 })
      assert.equal((await spool.stats()).parts, 0)
    })

    test('a batch whose lines were all refused is remembered too', async t => {
      const { spool } = await openSpool(t)
      const empty = { app: 'shop', id: 'b1', from: 0, to: 0, parts: [] }
      assert.deepEqual(await spool.append(empty), { status: 'stored' })
      assert.deepEqual(await spool.append(empty), { status: 'duplicate' })
    })

    test('the same id appended at the same moment is stored once', async t => {
      const { spool } = await openSpool(t)
      const results = await Promise.all(Array.from({ length: 20 }, () => append(spool, 'b1', [part(lane, 'x')])))
      assert.equal(results.filter(result => result.status === 'stored').length, 1)
      assert.equal(results.filter(result => result.status === 'duplicate').length, 19)
      assert.equal((await spool.lease({ lane, ...everything })).length, 1)
    })

    test('bodies of 200 KB and 1 MB come back byte for byte', async t => {
      const { spool, reopen } = await openSpool(t)
      const bodies = [200_000, 1_000_000].map(bytes => randomBytes(bytes))
      for (const [i, body] of bodies.entries()) await append(spool, `b${i}`, [{ lane, records: 1, body }])
      const leased = await (await reopen()).lease({ lane, ...everything })
      assert.deepEqual(
        leased.map(({ body }) => Buffer.compare(body, bodies[leased.findIndex(l => l.body === body)]!)),
        [0, 0],
      )
    })

    test('a body that is a view of a larger buffer is stored without its surroundings', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [
        { lane, records: 1, body: new Uint8Array(Buffer.from('before|body|after')).subarray(7, 11) },
      ])
      assert.deepEqual((await spool.lease({ lane, ...everything })).map(text), ['body'])
    })
  })

  describe(`${name}: lease`, () => {
    test('parts of a lane come in the order they were appended', async t => {
      const { spool } = await openSpool(t)
      for (const word of ['a', 'b', 'c', 'd']) await append(spool, word, [part(lane, word), part(otherLane, 'x')])
      assert.deepEqual((await spool.lease({ lane, ...everything })).map(text), ['a', 'b', 'c', 'd'])
    })

    test('a lease ends before the records or bytes asked for are exceeded, but holds at least one part', async t => {
      const { spool } = await openSpool(t)
      for (const word of ['aaaa', 'bbbb', 'cccc']) await append(spool, word, [part(lane, word, 2)])
      const sizes = async (limit: { maxRecords?: number; maxBytes?: number }) => {
        const leased = await spool.lease({ lane, ...everything, ...limit })
        await spool.retry(leased, 0)
        return leased.length
      }
      assert.equal(await sizes({ maxRecords: 5 }), 2)
      assert.equal(await sizes({ maxRecords: 1 }), 1)
      assert.equal(await sizes({ maxBytes: 8 }), 2)
      assert.equal(await sizes({ maxBytes: 1 }), 1)
    })

    test('two leases never hold the same part, even when asked for at the same moment', async t => {
      const { spool } = await openSpool(t)
      for (let i = 0; i < 10; i++) await append(spool, `b${i}`, [part(lane, String(i))])
      const leases = await Promise.all(
        Array.from({ length: 15 }, () => spool.lease({ lane, ...everything, maxRecords: 1 })),
      )
      const seqs = leases.flat().map(leased => leased.seq)
      assert.equal(seqs.length, 10)
      assert.equal(new Set(seqs).size, 10)
      assert.equal((await spool.stats()).leased, 10)
    })

    test('lanes are listed from the one that waits longest', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(otherLane, 'x')])
      await append(spool, 'b2', [part(lane, 'y'), part(otherLane, 'z')])
      assert.deepEqual(await spool.lanes(), [otherLane, lane])
      await spool.ack(await spool.lease({ lane: otherLane, ...everything, maxRecords: 1 }))
      assert.deepEqual(await spool.lanes(), [lane, otherLane])
    })

    test('an expired lease is handed out again, with its attempts counted', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      await spool.lease({ lane, ...everything, ttlMs: 30 })
      const [again] = await leaseWhenFree(spool)
      assert.equal(again?.attempts, 1)
    })

    test('attempts are still counted after a restart, and a dead process holds no lease', async t => {
      const { spool, reopen } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      await append(spool, 'b2', [part(lane, 'y')])
      await spool.lease({ lane, ...everything, maxRecords: 1 })
      const again = await (await reopen()).lease({ lane, ...everything })
      assert.deepEqual(
        again.map(leased => [text(leased), leased.attempts]),
        [
          ['x', 1],
          ['y', 0],
        ],
      )
    })

    test('an acknowledgement or return with an old token does nothing', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      const old = await spool.lease({ lane, ...everything, ttlMs: 30 })
      const current = await leaseWhenFree(spool)
      await spool.ack(old)
      await spool.retry(old, 0)
      assert.equal((await spool.stats()).leased, 1)
      await spool.ack(current)
      await spool.ack(current)
      assert.equal((await spool.stats()).parts, 0)
    })

    test('an expired token does nothing even if nobody else took the part', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      const old = await spool.lease({ lane, ...everything, ttlMs: 20 })
      await new Promise(resolve => setTimeout(resolve, 40))
      await spool.ack(old)
      assert.equal((await spool.stats()).parts, 1)
    })

    test('a returned part is free again, at once or after the delay', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      await spool.retry(await spool.lease({ lane, ...everything }), 0)
      const leased = await spool.lease({ lane, ...everything })
      assert.equal(leased[0]?.attempts, 1)
      await spool.retry(leased, 100)
      assert.deepEqual(await spool.lease({ lane, ...everything }), [])
      assert.equal((await leaseWhenFree(spool))[0]?.attempts, 2)
    })
  })

  describe(`${name}: quarantine`, () => {
    test('poison leaves its part for good, and the rest of the part stays leased', async t => {
      const { spool, reopen } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'good bad', 2)])
      const [leased] = await spool.lease({ lane, ...everything })
      assert.ok(leased)
      const rest = part(lane, 'good')
      await spool.quarantine(leased, { reason: 'too old', poison: part(lane, 'bad'), rest })
      const stats = await spool.stats()
      assert.equal(stats.quarantinedRecords, 1)
      assert.equal(stats.records, 1)
      assert.equal(stats.leased, 1)
      const store = await reopen()
      assert.equal((await store.stats()).quarantinedRecords, 1)
      const again = await store.lease({ lane, ...everything })
      assert.deepEqual(again.map(text), ['good'])
      await store.ack(again)
      assert.equal((await store.stats()).parts, 0)
    })

    test('a part that is all poison leaves the queue', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'bad')])
      const [leased] = await spool.lease({ lane, ...everything })
      await spool.quarantine(leased!, { reason: 'too old', poison: part(lane, 'bad') })
      await spool.ack([leased!])
      const { parts, records, bytes, leased: held, quarantinedRecords } = await spool.stats()
      assert.deepEqual(
        { parts, records, bytes, held, quarantinedRecords },
        { parts: 0, records: 0, bytes: 0, held: 0, quarantinedRecords: 1 },
      )
    })

    test('entries can change their form and their lane: the rest stays leased, nothing is lost between', async t => {
      const { spool, reopen } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'good bad', 2)])
      const [leased] = await spool.lease({ lane, ...everything })
      await spool.move(leased!, { moved: [part('acme {late="1"}', 'mended')], rest: part(lane, 'good') })
      const { parts, records, leased: held } = await spool.stats()
      assert.deepEqual({ parts, records, held }, { parts: 2, records: 2, held: 1 })
      const store = await reopen()
      const texts = await Promise.all(
        ['acme {late="1"}', lane].map(async name => (await store.lease({ lane: name, ...everything })).map(text)),
      )
      assert.deepEqual(texts, [['mended'], ['good']])
    })

    test('all of a part can change its form, and with an old token none', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'bad')])
      const [leased] = await spool.lease({ lane, ...everything })
      await spool.move(leased!, { moved: [part(lane, 'mended')] })
      await spool.move(leased!, { moved: [part(lane, 'mended twice')] })
      await spool.ack([leased!])
      assert.deepEqual((await spool.lease({ lane, ...everything })).map(text), ['mended'])
      assert.equal((await spool.stats()).records, 1)
    })

    test('quarantine with an old token does nothing', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'b1', [part(lane, 'x')])
      const [leased] = await spool.lease({ lane, ...everything })
      await spool.retry([leased!], 0)
      await spool.quarantine(leased!, { reason: 'too old', poison: part(lane, 'x') })
      const { parts, quarantinedRecords } = await spool.stats()
      assert.deepEqual({ parts, quarantinedRecords }, { parts: 1, quarantinedRecords: 0 })
    })
  })

  describe(`${name}: room`, () => {
    test('what is free becomes less by what is stored, and is free again when that is gone', async t => {
      const { spool } = await openSpool(t)
      const free = async () => (await spool.stats()).freeBytes
      const before = await free()
      const body = Buffer.alloc(1024 ** 2, 'x')
      await append(spool, 'b1', [{ lane, records: 1, body }])
      assert.ok(before - (await free()) >= body.byteLength)
      await spool.ack(await spool.lease({ lane, ...everything }))
      assert.ok(before - (await free()) < body.byteLength / 10)
    })
  })

  describe(`${name}: shares of apps`, () => {
    const quota = 4 * 1024 ** 2

    test('an app that has filled its share is refused alone, and not for ever', async t => {
      const { spool, reopen } = await openSpool(t, { maxBytes: quota })
      const stored = await fill(spool, 20_000, { maxShare: 0.5 })
      assert.ok(stored >= 80 && stored <= 105, `${stored} parts of 20 KB in half of 4 MiB`)
      const more = (store: Spool, id: string) => append(store, id, [sized(20_000)], { maxShare: 0.5 })
      await assert.rejects(more(spool, 'too much'), { name: 'SpoolFullError', bound: 'share' })
      assert.equal((await spool.stats()).writable, true, 'for all others')
      const other = { app: 'blog', id: 'b1', from: 0, to: 1, parts: [sized(100_000)], maxShare: 0.5 }
      assert.deepEqual(await spool.append(other), { status: 'stored' })
      const again = await append(spool, 'fill20000-0', [sized(20_000)], { maxShare: 0.5 })
      assert.deepEqual(again, { status: 'duplicate' }, 'what is stored needs no room')
      assert.deepEqual(await append(spool, 'nothing', [], { maxShare: 0.5 }), { status: 'stored' })

      const store = await reopen()
      await assert.rejects(more(store, 'after a restart'), SpoolFullError)
      // The other app's part has taken some of the room that was shared.
      await store.ack(await store.lease({ lane, ...everything, maxRecords: 10 }))
      assert.deepEqual(await more(store, 'after an ack'), { status: 'stored' })
    })

    test('several noisy apps at once still leave room for a quiet one', async t => {
      const { spool } = await openSpool(t, { maxBytes: quota })
      for (const app of ['a', 'b', 'c']) await fill(spool, 5000, { app, maxShare: 0.5 })
      const { bytesByApp, writable } = await spool.stats()
      assert.equal(writable, true)
      const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map(app => bytesByApp.get(app))
      assert.ok(a > b && b > c && c > 100_000, `${a} ${b} ${c}`)
      const quiet = { app: 'quiet', id: 'b1', from: 0, to: 1, parts: [sized(100_000)], maxShare: 0.5 }
      assert.deepEqual(await spool.append(quiet), { status: 'stored' })
    })

    test('a share is one of the disk, whatever the size of the batches', async t => {
      for (const bytes of [2000, 5000, 20_000]) {
        const { spool } = await openSpool(t, { maxBytes: quota })
        for (const [app, maxShare] of Object.entries({ noisy: 0.8, rest: 1 }))
          await fill(spool, bytes, { app, maxShare })
        const { bytesByApp } = await spool.stats()
        const [noisy = 0, rest = 0] = [bytesByApp.get('noisy'), bytesByApp.get('rest')]
        assert.ok(Math.abs(noisy / (noisy + rest) - 0.8) < 0.03, `${noisy} and ${rest} bytes, in batches of ${bytes}`)
      }
    })

    test('what is larger than a share is stored while its app holds nothing else', async t => {
      const { spool } = await openSpool(t, { maxBytes: quota })
      const large = (id: string) => append(spool, id, [sized(1_000_000)], { maxShare: 0.1 })
      assert.deepEqual(await large('b1'), { status: 'stored' })
      await assert.rejects(large('b2'), SpoolFullError)
      await spool.ack(await spool.lease({ lane, ...everything }))
      assert.deepEqual(await large('b2'), { status: 'stored' })
    })

    test('without a share an app may fill all, and is told when that is full', async t => {
      const { spool } = await openSpool(t, { maxBytes: quota })
      const stored = await fill(spool)
      assert.ok(stored > 150, `${stored} parts of 20 KB in 4 MiB`)
      const more = append(spool, 'too much', [sized(20_000)])
      await assert.rejects(more, { name: 'SpoolFullError', bound: 'quota' })
    })

    test('a full share refuses its own appends of a moment, and none beside them', async t => {
      const { spool } = await openSpool(t, { maxBytes: quota })
      await fill(spool, 20_000, { maxShare: 0.2 })
      const appends = Array.from({ length: 40 }, (_, i) => {
        const [app, bytes] = i % 2 ? ['shop', 20_000] : ['blog', 100]
        return spool.append({ app, id: `b${i}`, from: 0, to: 1, parts: [sized(bytes)], maxShare: 0.2 })
      })
      const settled = await Promise.allSettled(appends)
      for (const [i, result] of settled.entries()) assert.equal(result.status, i % 2 ? 'rejected' : 'fulfilled', `${i}`)
    })

    test('what each app holds is known to the byte: stored, refused, set aside, acknowledged, and after a restart', async t => {
      const { spool, reopen } = await openSpool(t, { maxBytes: quota })
      const of = (app: string, id: string, ...parts: Part[]) => spool.append({ app, id, from: 0, to: 1, parts })
      await of('shop', 'b1', part(lane, 'good bad', 2), part(otherLane, 'abc'))
      // At one moment: what does not fit takes back what was written before it, its own and its neighbour's.
      await Promise.allSettled([
        of('blog', 'b1', part(lane, '12345')),
        of('blog', 'b2', part(lane, 'too much'), sized(8_000_000)),
        of('blog', 'b1', part(lane, '12345')),
      ])
      const held = async (store = spool) => [...(await store.stats()).bytesByApp].sort()
      assert.deepEqual(await held(), [
        ['blog', 5],
        ['shop', 11],
      ])
      const [leased] = await spool.lease({ lane, ...everything, maxRecords: 2 })
      await spool.quarantine(leased!, { reason: 'too old', poison: part(lane, ' bad'), rest: part(lane, 'good') })
      assert.deepEqual((await held()).at(1), ['shop', 7])
      const store = await reopen()
      assert.deepEqual((await held(store)).at(1), ['shop', 7])
      await store.ack(await store.lease({ lane: otherLane, ...everything }))
      await store.ack(await store.lease({ lane, ...everything, maxRecords: 1 }))
      assert.deepEqual(await held(store), [['blog', 5]])
    })
  })

  describe(`${name}: one app's flood`, () => {
    test('holds up neither the appends of another app nor what empties the spool', async t => {
      const { spool } = await openSpool(t)
      await append(spool, 'first', [part(otherLane, 'x')])
      let settled = 0
      const flood = Array.from({ length: 1000 }, (_, i) =>
        append(spool, `b${i}`, [sized(100_000)]).then(() => settled++),
      )
      const [before, beforeLease] = await Promise.all([
        append(spool, 'b1', [part(otherLane, 'y')], { app: 'blog' }).then(() => settled),
        spool.lease({ lane: otherLane, ...everything }).then(() => settled),
      ])
      assert.ok(before < 300 && beforeLease < 300, `${before} and ${beforeLease} of 1000 appends went before`)
      await Promise.all(flood)
    })

    test('comes in its own order, as that of the others does', async t => {
      const { spool } = await openSpool(t)
      const words = Array.from({ length: 600 }, (_, i) => `${i}`)
      const lanes = { shop: lane, blog: otherLane }
      await Promise.all(
        words.flatMap(word => Object.entries(lanes).map(([app, to]) => append(spool, word, [part(to, word)], { app }))),
      )
      for (const to of Object.values(lanes))
        assert.deepEqual((await spool.lease({ lane: to, ...everything })).map(text), words)
    })
  })

  describe(`${name}: what is too old`, () => {
    const of = (store: Spool, app: string, id: string, ...parts: Part[]) =>
      store.append({ app, id, from: 0, to: 1, parts })

    test('what came before a moment is dropped, oldest first, and told by app; what came later stays', async t => {
      const { spool, reopen } = await openSpool(t)
      await of(spool, 'shop', 'b1', part(lane, 'one', 2), part(otherLane, 'two'))
      await of(spool, 'blog', 'b1', part(lane, 'three', 5))
      await of(spool, 'shop', 'b2', part(lane, 'four'))
      await sleep(30)
      const momentMs = Date.now()
      await of(spool, 'blog', 'b2', part(lane, 'young'))

      assert.deepEqual(await spool.expire(momentMs, 3), {
        parts: 3,
        recordsByApp: new Map(Object.entries({ shop: 3, blog: 5 })),
      })
      const store = await reopen()
      assert.equal((await store.stats()).records, 2)
      assert.deepEqual(await store.expire(momentMs, 3), { parts: 1, recordsByApp: new Map([['shop', 1]]) })
      assert.deepEqual(await store.expire(momentMs, 3), { parts: 0, recordsByApp: new Map() })
      const { parts, records, bytes, bytesByApp } = await store.stats()
      assert.deepEqual(
        { parts, records, bytes, bytesByApp },
        { parts: 1, records: 1, bytes: 5, bytesByApp: new Map([['blog', 5]]) },
      )
      assert.deepEqual(await of(store, 'shop', 'b1', part(lane, 'one')), { status: 'duplicate' })
      assert.deepEqual((await store.lease({ lane, ...everything })).map(text), ['young'])
    })

    test('what Loki may have is not dropped: leased, returned, or leased before a restart', async t => {
      const { spool, reopen } = await openSpool(t)
      for (const word of ['returned', 'leased']) await append(spool, word, [part(lane, word)])
      const leased = await spool.lease({ lane, ...everything })
      for (const word of ['new', 'newer']) await append(spool, word, [part(lane, word)])
      await spool.retry(leased.slice(0, 1), 0)
      const later = Date.now() + 60_000
      assert.equal((await spool.expire(later, 1)).parts, 1)
      const store = await reopen()
      assert.equal((await store.expire(later, 10)).parts, 1)
      assert.deepEqual((await store.lease({ lane, ...everything })).map(text), ['returned', 'leased'])
    })
  })

  describe(`${name}: what an operator does with the quarantine`, () => {
    const first = { after: 0, limit: 100 }

    test('rows are listed in steps, oldest first, with who, where and why; the body comes by id', async t => {
      const { spool } = await openSpool(t)
      for (const name of ['one', 'two', 'three']) await poison(spool, name)
      const [row, ...others] = await spool.quarantined({ after: 0, limit: 2 })
      assert.equal(others.length, 1)
      assert.ok(Math.abs(row!.atMs - Date.now()) < 60_000)
      const { id, atMs: _, ...rest } = row!
      assert.deepEqual(rest, { lane, app: 'shop', batch: 'one', records: 1, bytes: 3, reason: 'too old' })
      assert.deepEqual(
        (await spool.quarantined({ after: others[0]!.id, limit: 2 })).map(({ batch }) => batch),
        ['three'],
      )
      assert.equal(Buffer.from((await spool.quarantinedBody(id))!).toString(), 'one')
      assert.equal(await spool.quarantinedBody(9999), undefined)
    })

    test('what is put back is leased as if it had just come, byte for byte, also after a restart', async t => {
      const { spool, reopen } = await openSpool(t)
      for (const name of ['one', 'two']) await poison(spool, name)
      await append(spool, 'b3', [part(lane, 'good')])
      const [one] = await spool.quarantined(first)
      const [moved, ...more] = await spool.requeue([one!.id, 9999])
      assert.deepEqual([moved, more], [one, []])
      assert.deepEqual(await spool.requeue([one!.id]), [])
      const { parts, records, bytes, quarantinedRecords } = await spool.stats()
      assert.deepEqual(
        { parts, records, bytes, quarantinedRecords },
        { parts: 2, records: 2, bytes: 7, quarantinedRecords: 1 },
      )
      const store = await reopen()
      const leased = await store.lease({ lane, ...everything })
      assert.deepEqual(leased.map(text), ['good', 'one'])
      assert.deepEqual(
        leased.map(({ attempts }) => attempts),
        [0, 0],
      )
      assert.equal((await store.quarantined(first)).length, 1)
    })

    test('what is purged is gone, and nothing else', async t => {
      const { spool, reopen } = await openSpool(t)
      for (const name of ['one', 'two']) await poison(spool, name)
      const [one, two] = await spool.quarantined(first)
      assert.deepEqual(await spool.purge([one!.id, 9999]), [one])
      const store = await reopen()
      assert.deepEqual(await store.quarantined(first), [two])
      const { parts, quarantinedRecords } = await store.stats()
      assert.deepEqual({ parts, quarantinedRecords }, { parts: 0, quarantinedRecords: 1 })
    })

    test('an id is never given again, so that none can mean another row than the one that was seen', async t => {
      const { spool } = await openSpool(t)
      await poison(spool, 'one')
      const [one] = await spool.quarantined(first)
      await spool.purge([one!.id])
      await poison(spool, 'two')
      assert.ok((await spool.quarantined(first))[0]!.id > one!.id)
    })

    test('what takes room is told right of more parts than one look takes in', async t => {
      const { spool } = await openSpool(t)
      const lanes = [lane, otherLane]
      for (let i = 0; i < 25; i++) {
        const parts = Array.from({ length: 1000 }, (_, n) => part(lanes[n % 2]!, 'ab', 2))
        await append(spool, `b${i}`, parts)
      }
      const { lanes: found, apps } = await spool.usage()
      assert.deepEqual(
        found.map(({ lane, parts, records, bytes }) => [lane, parts, records, bytes]),
        lanes.map(name => [name, 12_500, 25_000, 25_000]),
      )
      assert.deepEqual([apps[0]?.parts, apps.length], [25_000, 1])
    })

    test('what takes room is told by lane, by app, in quarantine and in remembered ids', async t => {
      const { spool } = await openSpool(t)
      const empty = await spool.usage()
      await poison(spool, 'late')
      await append(spool, 'b1', [part(otherLane, 'abc', 3)])
      await append(spool, 'b2', [part(lane, 'de', 2), part(otherLane, 'f')])
      const big = part('acme {app="blog"}', 'x'.repeat(100_000))
      await spool.append({ app: 'blog', id: 'b1', from: 0, to: 1, parts: [big] })
      const { usedBytes, lanes, apps, quarantine, seen } = await spool.usage()
      for (const { oldestAgeMs } of [...lanes, ...apps, seen]) assert.ok(oldestAgeMs >= 0 && oldestAgeMs < 60_000)
      const withoutAge = ({ oldestAgeMs: _, ...rest }: { oldestAgeMs: number }) => rest
      assert.deepEqual(lanes.map(withoutAge), [
        { lane: otherLane, parts: 2, records: 4, bytes: 4 },
        { lane, parts: 1, records: 2, bytes: 2 },
        { lane: big.lane, parts: 1, records: 1, bytes: 100_000 },
      ])
      assert.deepEqual(apps.map(withoutAge), [
        { app: 'blog', parts: 1, records: 1, bytes: 100_000 },
        { app: 'shop', parts: 3, records: 6, bytes: 6 },
      ])
      assert.deepEqual(quarantine, { rows: 1, records: 1, bytes: 4 })
      assert.equal(seen.ids, 4)
      assert.ok(usedBytes - empty.usedBytes > 90_000, `${empty.usedBytes} to ${usedBytes}`)
    })

    async function poison(spool: Spool, name: string): Promise<void> {
      await append(spool, name, [part(lane, name)])
      const leased = await spool.lease({ lane, ...everything })
      await spool.quarantine(leased[0]!, { reason: 'too old', poison: part(lane, name) })
    }
  })

  describe(`${name}: limits, restarts, the end`, () => {
    test('a full spool refuses appends, still drains, and takes appends again after that', async t => {
      const { spool } = await openSpool(t, { maxBytes: 2 * 1024 ** 2 })
      const stored = await fill(spool)
      assert.ok(stored > 10, `only ${stored} parts fitted`)
      const { writable, full } = await spool.stats()
      assert.deepEqual([writable, full?.bound], [false, 'quota'])
      assert.equal((await spool.stats()).parts, stored)

      const seen = new Set<string>()
      for (let leased = await leaseSome(); leased.length > 0; leased = await leaseSome()) {
        for (const { body } of leased) seen.add(Buffer.from(body).toString('latin1', 0, 8))
        await spool.ack(leased)
      }
      assert.equal(seen.size, stored)
      assert.deepEqual(await append(spool, 'after', [part(lane, 'x')]), { status: 'stored' })
      assert.equal((await spool.stats()).writable, true)
      assert.equal((await spool.stats()).full, undefined)

      function leaseSome() {
        return spool.lease({ lane, ...everything, maxBytes: 256 * 1024 })
      }
    })

    test('a full spool can still set poison aside', async t => {
      const { spool } = await openSpool(t, { maxBytes: 2 * 1024 ** 2 })
      await fill(spool)
      const [leased] = await spool.lease({ lane, ...everything, maxRecords: 1 })
      await spool.quarantine(leased!, { reason: 'too old', poison: leased! })
      assert.equal((await spool.stats()).quarantinedRecords, 1)
    })

    test('a spool that is full to the last byte can still lease all it has', async t => {
      const { spool } = await openSpool(t, { maxBytes: 2 * 1024 ** 2 })
      for (const bytes of [1000, 10]) await fill(spool, bytes)
      const { parts } = await spool.stats()
      const leased = await spool.lease({ lane, ...everything })
      assert.equal(leased.length, parts)
      await spool.ack(leased)
      assert.equal((await spool.stats()).parts, 0)
    })

    test('what does not fit is refused without its neighbours', async t => {
      const { spool } = await openSpool(t, { maxBytes: 2 * 1024 ** 2 })
      const appends = [1000, 8_000_000, 1000].map((bytes, i) =>
        append(spool, `b${i}`, [{ lane, records: 1, body: new Uint8Array(bytes) }]),
      )
      const [first, tooMuch, last] = await Promise.allSettled(appends)
      assert.equal(first?.status, 'fulfilled')
      assert.ok(tooMuch?.status === 'rejected' && tooMuch.reason instanceof SpoolFullError)
      assert.equal(last?.status, 'fulfilled')
      assert.equal((await spool.stats()).parts, 2)
    })

    test('stats count what waits, and its age', async t => {
      const { spool, reopen } = await openSpool(t)
      assert.equal((await spool.stats()).oldestAgeMs, 0)
      await append(spool, 'b1', [part(lane, 'abc', 2), part(otherLane, 'defg', 3)])
      await new Promise(resolve => setTimeout(resolve, 30))
      const before = await spool.stats()
      assert.ok(before.oldestAgeMs >= 25, `${before.oldestAgeMs} ms`)
      const { parts, records, bytes } = await (await reopen()).stats()
      assert.deepEqual({ parts, records, bytes }, { parts: 2, records: 5, bytes: 7 })
      assert.deepEqual([before.parts, before.records, before.bytes], [2, 5, 7])
    })

    test('close settles every append, and what was acknowledged is there afterwards', async t => {
      const { spool, reopen } = await openSpool(t)
      const appends = Array.from({ length: 200 }, (_, i) => append(spool, `b${i}`, [part(lane, `${i}`)]))
      const closing = spool.close()
      const late = append(spool, 'late', [part(lane, 'x')])
      await assert.rejects(late, SpoolClosedError)
      const settled = await Promise.allSettled(appends)
      await closing
      await spool.close()
      const stored = settled.filter(result => result.status === 'fulfilled').length
      assert.equal((await (await reopen()).stats()).parts, stored)
      assert.ok(stored > 0)
    })

    test(`after each of ${kills} kills every acknowledged batch is there, byte for byte`, async t => {
      const { acknowledged, found, heldBytes, bytesByApp } = await killUnderLoad({
        engineUrl,
        dir: await tempDir(t),
        kills,
        lane,
      })
      assert.ok(acknowledged.size > 0)
      for (const [id, digest] of acknowledged) assert.equal(found.get(id), digest, `batch ${id}`)
      assert.deepEqual([...bytesByApp], heldBytes > 0 ? [['shop', heldBytes]] : [])
    })
  })

  async function openSpool(t: TestContext, options: { maxBytes?: number } = {}) {
    const engine = (await import(engineUrl)) as SpoolEngine
    const dir = await tempDir(t)
    let spool = await engine.open({ dir, ...options })
    t.after(() => spool.close())
    return {
      spool,
      async reopen() {
        await spool.close()
        spool = await engine.open({ dir, ...options })
        return spool
      },
    }
  }
}

function append(spool: Spool, id: string, parts: Part[], more: Partial<SpoolBatch> = {}): Promise<AppendResult> {
  return spool.append({ app: 'shop', id, from: 0, to: 1, parts, ...more })
}

/** Appends until nothing more goes in; returns the number of parts stored. */
async function fill(spool: Spool, bytes = 20_000, more: Partial<SpoolBatch> = {}): Promise<number> {
  for (let stored = 0; ; stored++) {
    const body = randomBytes(bytes)
    body.write(String(stored).padStart(8, '0'), 0, 'latin1')
    try {
      await append(spool, `fill${bytes}-${stored}`, [{ lane, records: 1, body }], more)
    } catch (error) {
      assert.ok(error instanceof SpoolFullError, String(error))
      return stored
    }
    assert.ok(stored < 10_000, 'the spool never fills')
  }
}

function leaseWhenFree(spool: Spool): Promise<LeasedPart[]> {
  return waitFor(
    async () => {
      const leased = await spool.lease({ lane, ...everything })
      return leased.length > 0 && leased
    },
    { timeoutMs: 5000, everyMs: 10, what: 'a part to be free again' },
  )
}

function part(name: string, body: string, records = 1): Part {
  return { lane: name, records, body: Buffer.from(body) }
}

function sized(bytes: number): Part {
  return { lane, records: 1, body: new Uint8Array(bytes) }
}

function text({ body }: Pick<Part, 'body'>): string {
  return Buffer.from(body).toString()
}
