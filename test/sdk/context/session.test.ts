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
})

function visit(keeps = true) {
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
  const createTab = () => createSession({ wallMs: () => nowMs, monotonicMs: () => nowMs }, store)
  return {
    items,
    createTab,
    tab: () => createTab().id,
    pass: (ms: number) => {
      nowMs += ms
    },
    writes: () => writes,
  }
}
