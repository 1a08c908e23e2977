import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { cutRaw } from '../../../sdk/src/pipeline/cut.ts'
import { boundStack } from '../../../sdk/src/web/boundStack.ts'
import { parseStack } from '../../../sdk/src/web/stackTrace.ts'
import { framesOf, readFrames } from './stacks/readFrames.ts'
import { lineOf, madeElsewhere } from './stacks/stackPages.ts'

interface RecordedStack {
  kind: string
  script: 'kinds.js' | 'kinds.min.js'
  message: string
  stack: string[]
  frames: string[]
}

const engines = ['chromium', 'firefox', 'webkit']

describe('frames of a stack', () => {
  for (const engine of engines) {
    const stacks = recordedIn(engine)

    test(`are those that were found right for ${stacks.length} errors of ${engine}`, () => {
      assert.ok(stacks.length >= 90)
      for (const { kind, script, stack, message, frames } of stacks)
        assert.deepEqual(readFrames(stack.join('\n'), message), frames, `${kind} in ${script}`)
    })

    test(`begin on the line that made the error, in ${engine}`, () => {
      let checked = 0
      for (const { kind, script, stack, message } of stacks) {
        if (script !== 'kinds.js' || madeElsewhere[engine]!.includes(kind)) continue
        const first = framesOf(stack.join('\n'), message).find(({ file }) => file)
        assert.deepEqual([first?.file, first?.line], ['https://shop.example/assets/kinds.js', lineOf(kind)], kind)
        checked++
      }
      assert.ok(checked >= 30, `${checked} errors`)
    })

    test(`never name an address that is none, nor any part of a query, in ${engine}`, () => {
      for (const { kind, frames } of stacks)
        for (const frame of frames) {
          assert.match(frame, / (-|(https|wasm|blob:https):\/\/\S+|data:text\/javascript)(:\d+){0,2}$/, kind)
          assert.doesNotMatch(frame, /secret|part\b(?!\.js)|fake/, kind)
        }
    })
  }

  test('are read of what extensions, masked and unusual addresses give', () => {
    const lines: [line: string, frame: object | undefined][] = [
      [
        '    at a (chrome-extension://abcdef/content.js:1:2)',
        { function: 'a', file: 'chrome-extension://abcdef/content.js', line: 1, column: 2 },
      ],
      [
        'a@moz-extension://8d3a-11/content.js:1:2',
        { function: 'a', file: 'moz-extension://8d3a-11/content.js', line: 1, column: 2 },
      ],
      [
        'safari-web-extension://8D3A/content.js:1:2',
        { file: 'safari-web-extension://8D3A/content.js', line: 1, column: 2 },
      ],
      [
        'a@webkit-masked-url://hidden/:14:1',
        { function: 'a', file: 'webkit-masked-url://hidden/', line: 14, column: 1 },
      ],
      ['    at webpack-internal:///./src/a.js:1:2', { file: 'webpack-internal:///./src/a.js', line: 1, column: 2 }],
      ['    at a (file:///C:/shop/a.js:1:2)', { function: 'a', file: 'file:///C:/shop/a.js', line: 1, column: 2 }],
      [
        '    at a (http://localhost:8080/a(1).js:1:2)',
        { function: 'a', file: 'http://localhost:8080/a(1).js', line: 1, column: 2 },
      ],
      [
        '    at Object.pay [as onclick] (https://a.example/a.js:1:2)',
        { function: 'Object.pay', file: 'https://a.example/a.js', line: 1, column: 2 },
      ],
      [
        '    at a (https://shop.example/app/(shop)/[id]/a.js:1:2)',
        { function: 'a', file: 'https://shop.example/app/(shop)/[id]/a.js', line: 1, column: 2 },
      ],
      [
        '    at eval (eval at pay (https://shop.example/app/(shop)/(a)b.js:1:2), <anonymous>:3:4)',
        { function: 'eval', file: 'https://shop.example/app/(shop)/(a)b.js', line: 1, column: 2 },
      ],
      [
        '    at g (eval at f (eval at <anonymous> (webpack-internal:///(app)/./a.js:1:2)), <anonymous>:3:4)',
        { function: 'g', file: 'webpack-internal:///(app)/./a.js', line: 1, column: 2 },
      ],
      ['    at async Promise.all (index 3)', { function: 'Promise.all' }],
      ['    at Array.map (native)', { function: 'Array.map' }],
      [
        '    at Object.<anonymous> (https://a.example/a.js:1:2)',
        { file: 'https://a.example/a.js', line: 1, column: 2 },
      ],
      ['    at <anonymous>:1:7', undefined],
      [
        '    at sum (https://a.example/a.wasm:wasm-function[5]:0x1f)',
        { function: 'wasm-function[5]', file: 'https://a.example/a.wasm' },
      ],
      [
        'promise callback*pay/<@https://a.example/a.js:1:2',
        { function: 'pay/<', file: 'https://a.example/a.js', line: 1, column: 2 },
      ],
      ['map@[native code]', { function: 'map' }],
      ['wasm-stub@[wasm code]', { function: 'wasm-stub' }],
      ['forEach@self-hosted:4242:9', { function: 'forEach' }],
      [
        '@https://cdn.example/lib@1.2.3/lib.js:1:2',
        { file: 'https://cdn.example/lib@1.2.3/lib.js', line: 1, column: 2 },
      ],
      ['global code@https://a.example/:1:2', { file: 'https://a.example/', line: 1, column: 2 }],
      ['mail me@shop.example', undefined],
      ['TypeError: x is undefined', undefined],
      ['', undefined],
    ]
    for (const [line, frame] of lines) assert.deepEqual(parseStack(line), frame ? [frame] : [], line)
  })

  test('are 50 at most, the innermost ones', () => {
    const frames = parseStack(
      Array.from({ length: 200 }, (_, i) => `    at f${i} (https://a.example/a.js:${i + 1}:1)`).join('\n'),
    )
    assert.deepEqual([frames.length, frames[0]?.function, frames[49]?.function], [50, 'f0', 'f49'])
  })

  test('a message that looks like a stack gives none', () => {
    const message = 'x\n    at fake (https://fake.example/a.js:1:2)\nfake@https://fake.example/b.js:3:4'
    const stack = boundStack(`Error: ${message}\n    at real (https://a.example/a.js:5:6)`, message, cutRaw)
    assert.deepEqual(
      parseStack(stack).map(frame => frame.function),
      ['real'],
    )
  })

  test('whatever a page makes up as a stack, it is read without throwing, and nothing is made of nothing', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '    at ',
        ' (',
        ')',
        '@',
        ':1',
        ':1:2',
        'https://a.example/a.js',
        '\n',
        ' > eval',
        ' line 3 > ',
        'data:,',
        'eval at ',
        '?',
        '#',
        ':wasm-function[',
        '\u2028',
        '\r',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.string(), (pieces, message) => {
        for (const frame of framesOf(pieces.join(''), message)) {
          assert.ok(frame.function || frame.file)
          assert.ok((frame.line ?? 1) > 0 && (frame.column ?? 1) > 0)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a stack of four times the length takes about four times the time, whatever is in it', () => {
    const hostile = [
      '(',
      '@',
      ':1',
      ')',
      '://',
      '?',
      ' ',
      'at ',
      ' (eval at ',
      ' line 1 > ',
      'data:',
      ',',
      '*',
      'a',
      '<',
      ' [as ',
      '\n',
      ':wasm-function[',
      '::1:1',
      '/@',
    ]
    for (const start of ['', '    at ', '    at f (', 'f@', 'https://a.example/?', 'f@data:,'])
      for (const piece of hostile) {
        const make = (length: number) => `${start}${piece.repeat(length / piece.length)}x`
        const shortMs = timeOf(make(8_000))
        const longMs = timeOf(make(32_000))
        // Quadratic work would take sixteen times as long. What is too quick to measure is quick.
        assert.ok(longMs < 2 || longMs < shortMs * 10, `${start}${piece}: ${shortMs} ms, then ${longMs} ms`)
      }
  })
})

function recordedIn(engine: string): RecordedStack[] {
  const path = new URL(`stacks/${engine}.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { stacks: RecordedStack[] }).stacks
}

/** Of the processor, since others use it too. */
function timeOf(stack: string): number {
  let bestMs = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const start = process.cpuUsage()
    framesOf(stack, stack.slice(0, 100))
    parseStack(stack)
    const { user, system } = process.cpuUsage(start)
    bestMs = Math.min(bestMs, (user + system) / 1000)
  }
  return bestMs
}
