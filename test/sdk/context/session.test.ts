import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSession } from '../../../sdk/src/context/session.ts'

const minuteMs = 60_000

describe('session', () => {
  test('tabs of a visit share it', () => {
    const { tab } = visit()
    assert.equal(tab()(), tab()())
  })

  test('it goes on as long as any tab has something to record, and ends after 30 minutes of nothing', () => {
    const { tab, pass } = visit()
    const [first, second] = [tab(), tab()]
    const id = first()
    for (let i = 0; i < 4; i++) {
      pass(25 * minuteMs)
      assert.equal(second(), id)
    }
    assert.equal(first(), id)
    pass(31 * minuteMs)
    assert.notEqual(first(), id)
    assert.equal(second(), first())
  })

  test('it ends after four hours even when never idle', () => {
    const { tab, pass } = visit()
    const session = tab()
    const id = session()
    for (let passedMs = 0; passedMs < 239 * minuteMs; passedMs += minuteMs) {
      assert.equal(session(), id)
      pass(minuteMs)
    }
    pass(2 * minuteMs)
    assert.notEqual(session(), id)
  })

  test('the store is written once a minute at most', () => {
    const { tab, pass, writes } = visit()
    const session = tab()
    for (let i = 0; i < 600; i++) {
      session()
      pass(1000)
    }
    assert.ok(writes() <= 10, `${writes()} writes`)
  })

  test('where nothing can be kept, the page has a session of its own', () => {
    const { tab, pass, items } = visit(false)
    const session = tab()
    const id = session()
    assert.match(id, /^[0-9a-f]{20}$/)
    pass(10 * minuteMs)
    assert.equal(session(), id)
    pass(31 * minuteMs)
    assert.notEqual(session(), id)
    assert.equal(items.size, 0)
  })

  test('one that is forgotten leaves no trace, and the next is another', () => {
    const { createTab, items } = visit()
    const session = createTab()
    const id = session.id()
    session.forget()
    assert.equal(items.size, 0)
    assert.notEqual(session.id(), id)
  })

  test('what somebody else wrote into the store is not taken over', () => {
    for (const foreign of ['', 'x', '<b>.1.1', `${'a'.repeat(20)}.99999999999999.99999999999999`, '{"id":1}']) {
      const { tab, items } = visit()
      items.set('loki-beacon:session', foreign)
      const id = tab()()
      assert.match(id, /^[0-9a-f]{20}$/)
      assert.notEqual(id, 'a'.repeat(20))
    }
  })

  test('an entry of an earlier version of this package is taken over', () => {
    const { tab, items, nowMs } = visit()
    items.set('loki-beacon:session', `${'a'.repeat(20)}.${nowMs() - minuteMs}.${nowMs() - minuteMs}`)
    assert.equal(tab()(), 'a'.repeat(20))
  })

  test('idle and longest time can be set', () => {
    const { tab, pass } = visit(true, { idleMs: 1000, maxMs: 5000 })
    const [first, second] = [tab(), tab()]
    const id = first()
    for (let i = 0; i < 9; i++) {
      pass(500)
      assert.equal(i % 2 ? first() : second(), id)
    }
    pass(500)
    const next = first()
    assert.notEqual(next, id)
    pass(999)
    assert.equal(second(), next)
    pass(1000)
    assert.notEqual(second(), next)
  })
})

describe('start of a session', () => {
  test('is told once, by the tab that begins it, whatever tabs and reloads follow', () => {
    const { createTab } = visit()
    const starts: unknown[] = []
    for (let i = 0; i < 3; i++) createTab().onStart(previous => starts.push(previous))
    assert.deepEqual(starts, [undefined])
  })

  test('is told by each app of an origin for itself', () => {
    const { createTab } = visit()
    const starts: string[] = []
    for (const key of ['pk_shop', 'pk_blog', 'pk_shop']) createTab(key).onStart(() => starts.push(key))
    assert.deepEqual(starts, ['pk_shop', 'pk_blog'])
  })

  test('names the session before where that has just ended, and not that of last week', () => {
    const { createTab, pass } = visit()
    const session = createTab()
    const starts: unknown[] = []
    session.onStart(previous => starts.push(previous))
    const id = session.id()
    pass(31 * minuteMs)
    session.id()
    assert.deepEqual(starts, [undefined, id])
    pass(7 * 24 * 60 * minuteMs)
    createTab().onStart(previous => starts.push(previous))
    assert.deepEqual(starts, [undefined, id, undefined])
  })

  test('is told again to nobody once that is cancelled', () => {
    const { createTab, pass } = visit()
    const session = createTab()
    let starts = 0
    session.onStart(() => starts++)()
    pass(31 * minuteMs)
    session.id()
    assert.equal(starts, 1)
  })

  test('is told where nothing can be kept, once a page', () => {
    const { createTab } = visit(false)
    const session = createTab()
    let starts = 0
    session.onStart(() => starts++)
    session.id()
    assert.equal(starts, 1)
  })

  test('is not told while the session is held; then the one that goes on in other tabs is taken up', () => {
    const { createTab, items } = visit()
    const [first, second] = [createTab(), createTab()]
    const starts: string[] = []
    first.onStart(() => starts.push('first'))
    const id = first.id()
    const kept = new Map(items)
    items.clear()
    second.hold(true)
    second.onStart(() => starts.push('second'))
    assert.notEqual(second.id(), id)
    items.clear()
    for (const [name, text] of kept) items.set(name, text)
    second.hold(false)
    assert.equal(second.id(), id)
    assert.deepEqual(starts, ['first'])
  })

  test('is told once it is no longer held, where no other goes on', () => {
    const { createTab, items } = visit()
    const session = createTab()
    let starts = 0
    session.hold(true)
    session.onStart(() => starts++)
    const id = session.id()
    assert.equal(starts, 0)
    items.clear()
    session.hold(false)
    assert.equal(starts, 1)
    assert.equal(session.id(), id)
    assert.equal(createTab().id(), id)
  })
})

describe('first exception of a session', () => {
  test('is one in all of its tabs and reloads, and the next session has its own', () => {
    const { createTab, pass } = visit()
    const [first, second] = [createTab(), createTab()]
    assert.deepEqual(
      [first, first, second, createTab()].map(session => session.markError()),
      [true, false, false, false],
    )
    pass(31 * minuteMs)
    assert.deepEqual(
      [second, first].map(session => session.markError()),
      [true, false],
    )
  })

  test('leaves the start of the session told', () => {
    const { createTab } = visit()
    let starts = 0
    createTab().onStart(() => starts++)
    assert.equal(createTab().markError(), true)
    createTab().onStart(() => starts++)
    assert.equal(starts, 1)
    assert.equal(createTab().markError(), false)
  })

  test('is marked once a page where nothing can be kept, and not while the session is held', () => {
    const { createTab } = visit(false)
    const session = createTab()
    session.hold(true)
    assert.equal(session.markError(), false)
    session.hold(false)
    assert.deepEqual([session.markError(), session.markError()], [true, false])
  })
})

function visit(keeps = true, limits = { idleMs: 30 * minuteMs, maxMs: 240 * minuteMs }) {
  let nowMs = 1_795_210_479_000
  let writes = 0
  const items = new Map<string, string>()
  const store = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem(name: string, text: string) {
      writes++
      if (keeps) items.set(name, text)
      return keeps
    },
    removeItem: (name: string) => void items.delete(name),
  }
  const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs }
  const createTab = (key = 'pk_shop') => createSession({ clock, store, key, ...limits })
  return {
    items,
    createTab,
    tab: () => createTab().id,
    pass: (ms: number) => {
      nowMs += ms
    },
    writes: () => writes,
    nowMs: () => nowMs,
  }
}
