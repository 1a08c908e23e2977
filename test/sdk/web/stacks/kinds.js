// biome-ignore-all lint: pages have all of this.
// Each kind of error that pages have, made on the line that ends with its name. Read by `stackPages.ts`.
;(() => {
  const kinds = {
    syncThrow() {
      function pay() {
        throw new TypeError('sync') // syncThrow
      }
      pay()
    },
    reference() {
      return notThere + 1 // reference
    },
    nullProperty() {
      const cart = { items: null }
      return cart.items.length // nullProperty
    },
    async asyncAwait() {
      async function load() {
        await null
        throw new Error('async') // asyncAwait
      }
      await load()
    },
    async promiseThen() {
      await Promise.resolve(1).then(function onValue() {
        throw new Error('then') // promiseThen
      })
    },
    async promiseAll() {
      await Promise.all([Promise.resolve(1), rejects()])
      async function rejects() {
        await 0
        throw new RangeError('all') // promiseAll
      }
    },
    timer() {
      return new Promise((resolve, reject) => {
        setTimeout(function later() {
          reject(new Error('timer')) // timer
        })
      })
    },
    evalCode() {
      eval('function inEval() { throw new Error("eval") }; inEval()') // evalCode
    },
    nestedEval() {
      eval('eval("(function deep() { throw new Error(1) })()")') // nestedEval
    },
    newFunction() {
      new Function('a', 'throw new Error("made")')(1) // newFunction
    },
    constructed() {
      class Order {
        constructor() {
          this.check()
        }
        check() {
          throw new Error('class') // constructed
        }
      }
      new Order()
    },
    inConstructor() {
      class Basket {
        constructor() {
          throw new Error('constructor') // inConstructor
        }
      }
      new Basket()
    },
    staticMethod() {
      class Shop {
        static open() {
          throw new Error('static') // staticMethod
        }
      }
      Shop.open()
    },
    getter() {
      const product = {
        get price() {
          throw new Error('getter') // getter
        },
      }
      return product.price
    },
    arrayMap() {
      return [1].map(function each() {
        throw new Error('map') // arrayMap
      })
    },
    arrayFromArrow() {
      return Array.from([1], () => {
        throw new Error('from') // arrayFromArrow
      })
    },
    sorted() {
      return [2, 1].sort((a, b) => a.missing.x - b) // sorted
    },
    jsonParse() {
      return JSON.parse('{"a":') // jsonParse
    },
    jsonReviver() {
      return JSON.parse('{"a":1}', function revive() {
        throw new Error('reviver') // jsonReviver
      })
    },
    replacer() {
      return 'abc'.replace(/b/, () => {
        throw new Error('replace') // replacer
      })
    },
    generator() {
      function* steps() {
        yield 1
        throw new Error('generator') // generator
      }
      return [...steps()]
    },
    async asyncGenerator() {
      async function* steps() {
        yield 1
        throw new Error('async generator') // asyncGenerator
      }
      for await (const step of steps()) void step
    },
    computedName() {
      const api = {
        'GET /orders (all)'() {
          throw new Error('computed') // computedName
        },
      }
      api['GET /orders (all)']()
    },
    symbolMethod() {
      const list = {
        [Symbol.iterator]() {
          throw new Error('symbol') // symbolMethod
        },
      }
      return [...list]
    },
    boundFunction() {
      function add() {
        throw new Error('bound') // boundFunction
      }
      add.bind(null, 1)()
    },
    applied() {
      function add() {
        throw new Error('applied') // applied
      }
      Reflect.apply(add, {}, [])
    },
    recursion() {
      function down() {
        return down() + 1 // recursion
      }
      return down()
    },
    proxyTrap() {
      return new Proxy(
        {},
        {
          get() {
            throw new Error('trap') // proxyTrap
          },
        },
      ).any
    },
    domException() {
      document.createElement('1 2') // domException
    },
    madeDomException() {
      throw new DOMException('stopped', 'AbortError') // madeDomException
    },
    aggregate() {
      throw new AggregateError([new Error('one')], 'many') // aggregate
    },
    withCause() {
      throw new Error('outer', { cause: new TypeError('inner') }) // withCause
    },
    ownClass() {
      class PaymentError extends Error {}
      throw new PaymentError('declined') // ownClass
    },
    eventHandler() {
      let error
      const button = document.createElement('button')
      button.addEventListener('click', function onClick() {
        error = new Error('click') // eventHandler
      })
      button.click()
      throw error
    },
    manyLines() {
      throw new Error('first\n    at fake (https://fake.example/a.js:1:2)\nfake@https://fake.example/b.js:3:4') // manyLines
    },
    async badFetch() {
      await fetch('http://[') // badFetch
    },
    async structured() {
      structuredClone(() => 1) // structured
    },
    wasm() {
      // (module (func (export "main") unreachable))
      const bytes = [
        0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 109, 97, 105, 110, 0, 0, 10, 5, 1, 3, 0,
        0, 11,
      ]
      new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.main() // wasm
    },
    sourceUrl() {
      ;(0, eval)(
        'function named() { throw new Error("named") }; named()\n//# sourceURL=https://shop.example/made/part.js?v=2',
      )
    },
    blobScript: () =>
      fromScript(URL.createObjectURL(new Blob(['(function inBlob() {\n throw new Error("blob") })()']))),
    dataScript: () => fromScript('data:text/javascript,(function inData() {\n throw new Error("data (x)") })()'),
    foreignScript: () => fromScript(`${foreign}/lib@1.2.3/foreign.js?key=secret`, { crossOrigin: 'anonymous' }),
    moduleScript: () => fromScript('/assets/module.js', { type: 'module' }),
    syntaxError: () => fromScript('/assets/broken.js'),
    foreignCallback: async () => {
      await loadScript(`${foreign}/lib@1.2.3/callsBack.js`, { crossOrigin: 'anonymous' })
      callBack(function ours() {
        throw new Error('called back') // foreignCallback
      })
    },
    inlineScript: () =>
      uncaught(() => {
        const script = document.createElement('script')
        script.textContent = 'function inline() {\n throw new Error("inline") }\ninline()'
        document.body.append(script)
      }),
    inlineHandler: () =>
      uncaught(() => {
        const button = document.createElement('button')
        button.setAttribute('onclick', 'throw new Error("handler")')
        button.click()
      }),
    worker: () =>
      new Promise((resolve, reject) => {
        new Worker('/assets/worker.js').onmessage = ({ data }) => reject(data)
      }),
  }

  function fromScript(src, properties) {
    return uncaught(() => loadScript(src, properties))
  }

  function loadScript(src, properties) {
    return new Promise(resolve => {
      document.body.append(Object.assign(document.createElement('script'), { src, onload: resolve }, properties))
    })
  }

  function uncaught(make) {
    return new Promise((resolve, reject) => {
      addEventListener(
        'error',
        event => {
          event.preventDefault()
          reject(event.error)
        },
        { once: true },
      )
      make()
    })
  }

  /** Not from a driver: its own frames would be in the stacks. */
  async function makeAll(names) {
    const found = {}
    for (const name of names) {
      const limitMs = new Promise(resolve => setTimeout(resolve, 3000))
      try {
        await Promise.race([kinds[name](), limitMs])
      } catch ({ name: type, message, stack }) {
        found[name] = { type, message, stack }
      }
    }
    globalThis.found = found
  }

  const wanted = new URLSearchParams(location.search).get('kinds')
  makeAll(wanted ? wanted.split(',') : Object.keys(kinds))
})()
