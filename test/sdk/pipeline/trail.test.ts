import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createTrail } from '../../../sdk/src/pipeline/trail.ts'
import type { WireBreadcrumb, WireRecord } from '../../../sdk/src/wire.ts'

const exception: WireRecord = { n: 1, t: 1000, kind: 'exception', level: 'error', message: 'Error: boom' }

function trailOf(trail: ReturnType<typeof createTrail>, record = exception): WireBreadcrumb[] | undefined {
  return (trail.stage(record) as WireRecord).breadcrumbs
}

describe('trail', () => {
  test('an exception takes the last breadcrumbs along, oldest first, and none from after it', () => {
    const trail = createTrail(3, String)
    for (const t of [1, 2, 3, 999.9999, 1001]) trail.add({ t, category: 'click', message: `at ${t}` })
    assert.deepEqual(
      trailOf(trail)?.map(({ message }) => message),
      ['at 3', 'at 999.9999'],
    )
    assert.equal(trailOf(trail, { ...exception, t: 0 }), undefined)
  })

  test('what comes just before an exception is not taken for later because of a record’s rounded time', () => {
    const trail = createTrail(3, String)
    trail.add({ t: 1000.0004, category: 'click', message: 'last' })
    assert.equal(trailOf(trail)?.length, 1)
  })

  test('other records have none, and go on as they are', () => {
    const trail = createTrail(3, String)
    trail.add({ t: 1, category: 'click', message: 'one' })
    for (const kind of ['log', 'event', 'measurement'] as const) {
      const record = { ...exception, kind }
      assert.equal(trail.stage(record), record)
    }
  })

  test('none are kept where none are wanted', () => {
    const trail = createTrail(0, String)
    trail.add({ t: 1, category: 'click', message: 'one' })
    assert.equal(trail.stage(exception), exception)
  })

  test('data keeps finite numbers, booleans and short texts', () => {
    const trail = createTrail(3, String)
    const data = { a: 1, b: true, c: 'text', d: Number.NaN, e: { deep: 1 }, f: null, g: 'x'.repeat(100) }
    trail.add({ t: 1, category: 'network', message: 'one', data: data as unknown as WireBreadcrumb['data'] & {} })
    assert.deepEqual(trailOf(trail)![0]!.data, {
      a: 1,
      b: true,
      c: 'text',
      g: `${'x'.repeat(64)}[cut, 100 characters]`,
    })
  })

  test('the breadcrumbs of a record take 8,000 characters at most, whatever they hold, and the newest stay', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            category: fc.string({ maxLength: 100 }),
            message: fc.string({ maxLength: 2000 }),
            data: fc.dictionary(
              fc.string({ maxLength: 100 }),
              fc.oneof(fc.string({ maxLength: 500 }), fc.double(), fc.boolean()),
            ),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        breadcrumbs => {
          const trail = createTrail(1000, String)
          for (const [i, breadcrumb] of breadcrumbs.entries()) trail.add({ t: i, ...breadcrumb })
          const kept = trailOf(trail)!
          assert.equal(kept.at(-1)!.t, breadcrumbs.length - 1)
          const chars = kept.reduce((sum, { category, message, data }) => {
            const texts = Object.entries(data ?? {})
              .flat()
              .join('')
            return sum + category.length + message.length + texts.length
          }, 0)
          assert.ok(chars <= 8000, `${chars} characters`)
        },
      ),
    )
  })
})
