import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Call, patchMethod, unpatched } from '../../../sdk/src/web/patchMethod.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown

function ownerOf(method: unknown): { method: Method } {
  return { method: method as Method }
}

describe('patchMethod', () => {
  test('arguments, this, result and what is thrown pass untouched, and the steps run around', () => {
    const steps: unknown[] = []
    const failure = new Error('own')
    const owner = ownerOf(function method(this: unknown, ...args: unknown[]) {
      steps.push(['original', this, args])
      if (args[0] === 'throw') throw failure
      return args
    })
    patchMethod(owner, 'method', call => {
      steps.push(['before', call.self, call.args])
      call.after = ({ result, hasThrown }) => steps.push(['after', result, hasThrown])
    })
    const self = {}
    assert.deepEqual(owner.method.call(self, 1, 2), [1, 2])
    assert.throws(() => owner.method('throw'), failure)
    const { method } = owner
    method()
    assert.deepEqual(steps, [
      ['before', self, [1, 2]],
      ['original', self, [1, 2]],
      ['after', [1, 2], undefined],
      ['before', owner, ['throw']],
      ['original', owner, ['throw']],
      ['after', undefined, true],
      ['before', undefined, []],
      ['original', undefined, []],
      ['after', [], undefined],
    ])
  })

  test('a step may change arguments and result', () => {
    const owner = ownerOf((a: number, b: number) => a + b)
    patchMethod(owner, 'method', call => {
      call.args = [...call.args, 10]
      call.after = after => {
        after.result = `${after.result}!`
      }
    })
    assert.equal(owner.method(1), '11!')
  })

  test('a fault of a step costs the caller nothing', () => {
    const owner = ownerOf(() => 'result')
    patchMethod(owner, 'method', () => {
      throw new Error('before')
    })
    patchMethod(owner, 'method', call => {
      call.after = () => {
        throw new Error('after')
      }
    })
    assert.equal(owner.method(), 'result')
    assert.equal(owner.method(), 'result')
  })

  test('what a step calls itself goes straight through, what the original calls does not', () => {
    let seen = 0
    const owner = ownerOf((deep: boolean) => deep && owner.method(false))
    patchMethod(owner, 'method', call => {
      seen++
      owner.method(false)
      call.after = () => owner.method(false)
    })
    owner.method(true)
    assert.equal(seen, 2)
  })

  test('the patch looks like the original, and is called, made and marked like it', () => {
    class Shape {
      sides: number
      constructor(sides: number) {
        this.sides = sides
      }
    }
    const owner = { Shape: Object.assign(Shape, { own: 'kept' }), log: console.log }
    patchMethod(owner, 'Shape', () => {})
    patchMethod(owner, 'log', () => {})
    assert.notEqual(owner.Shape, Shape)
    assert.deepEqual([owner.Shape.name, owner.Shape.length, owner.Shape.own], ['Shape', 1, 'kept'])
    assert.equal(owner.Shape.prototype, Shape.prototype)
    assert.ok(new owner.Shape(3) instanceof Shape)
    assert.equal(owner.log.name, 'log')
    assert.ok(!('prototype' in owner.log))
    assert.match(Function.prototype.toString.call(owner.log), /\[native code\]/)
  })

  test('stopping puts the original back, also where it was inherited', () => {
    const method = () => 'original'
    const own = ownerOf(method)
    patchMethod(own, 'method', () => {})()
    assert.equal(own.method, method)
    const heir = Object.create(own) as typeof own
    const stop = patchMethod(heir, 'method', () => {})
    assert.notEqual(heir.method, method)
    stop()
    assert.equal(heir.method, method)
    assert.ok(!Object.hasOwn(heir, 'method'))
  })

  test('where someone has patched the patch it stays, and lets everything through', () => {
    let seen = 0
    const owner = ownerOf(() => 'original')
    const stop = patchMethod(owner, 'method', () => {
      seen++
    })
    const ours = owner.method
    const theirs = () => `theirs ${ours()}`
    owner.method = theirs
    assert.equal(owner.method(), 'theirs original')
    stop()
    assert.equal(owner.method, theirs)
    assert.equal(owner.method(), 'theirs original')
    assert.equal(seen, 1)
    // They go in their turn, and ours is there again, without effect.
    owner.method = ours
    assert.equal(owner.method(), 'original')
    assert.equal(seen, 1)
    stop()
    assert.notEqual(owner.method, theirs)
  })

  test('an engine without Object.hasOwn, such as Safari 14.1, is patched too', t => {
    const { hasOwn } = Object
    t.after(() => Object.assign(Object, { hasOwn }))
    Reflect.deleteProperty(Object, 'hasOwn')
    let seen = 0
    const owner = ownerOf(() => 'original')
    patchMethod(owner, 'method', () => {
      seen++
    })
    assert.equal(owner.method(), 'original')
    assert.equal(seen, 1)
  })

  const unpatchable: Record<string, () => object | undefined> = {
    'is not there': () => ({}),
    'is no function': () => ({ method: 'text' }),
    'has no owner': () => undefined,
    'is frozen': () => Object.freeze({ method: () => {} }),
    'can’t be written': () => Object.defineProperty({}, 'method', { value: () => {} }),
    'has a getter only': () => Object.defineProperty({}, 'method', { get: () => () => {}, configurable: true }),
    'has a getter that throws': () =>
      Object.defineProperty({}, 'method', {
        get() {
          throw new Error('own')
        },
      }),
    'is of a proxy that throws': () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('own')
          },
        },
      ),
  }
  for (const [name, make] of Object.entries(unpatchable)) {
    test(`a method that ${name} is left as it is`, () => {
      const owner = make()
      const before = owner && Object.getOwnPropertyDescriptor(owner, 'method')
      const stop = patchMethod(owner, 'method', () => assert.fail('not patched'))
      assert.deepEqual(owner && Object.getOwnPropertyDescriptor(owner, 'method'), before)
      stop()
    })
  }

  test('unpatched finds the original below all patches of ours, and nothing below those of others', () => {
    const original = () => {}
    const owner = ownerOf(original)
    const before = (_: Call) => {}
    patchMethod(owner, 'method', before)
    patchMethod(owner, 'method', before)
    assert.equal(unpatched(owner.method), original)
    const { method } = owner
    const theirs = () => method()
    assert.equal(unpatched(theirs), theirs)
    assert.equal(unpatched(undefined), undefined)
  })
})
