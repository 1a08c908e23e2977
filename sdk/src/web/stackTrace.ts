import type { WireFrame } from '../wire.ts'

/** What is looked at, in characters in all and a line; and what is given back at most, in frames. */
const maxStackChars = 64 * 1024
const maxLineChars = 1100
export const maxFrames = 50
const maxFunctionChars = 256

/** The end of a place, `:line` or `:line:column`, and how long it can be. */
const lineAtEnd = /:(\d{1,9})(?::(\d{1,9}))?$/
const maxEndChars = 20
/** `<anonymous>`, `[native code]`, what Firefox has written in JavaScript itself. */
const noFile = /^[<[]|^self-hosted$/
/** Firefox, in what `eval` or `Function` made: the line is that of the call. */
const geckoEval = / line (\d{1,9}) > /
const bareAddress = /^[a-z][\w+.-]*:\/\//i
const wasmFunction = ':wasm-function['
/** What JavaScriptCore calls the code of a script outside of any function. */
const scriptCode = /^(?:global|module|eval) code$/

/**
 * The frames of `Error.stack`, innermost first. Three engines, two ways of writing:
 *
 * - V8 (https://v8.dev/docs/stack-trace-api): the message, then lines such as `at pay (https://shop.example/a.js:1:2)`;
 * - SpiderMonkey and JavaScriptCore: lines such as `pay@https://shop.example/a.js:1:2` and nothing else.
 *
 * Time grows with the length of the stack, whatever is in it: anyone can make one up.
 */
export function parseStack(stack: string): WireFrame[] {
  const lines = stack.slice(0, maxStackChars).split('\n', 2 * maxFrames)
  const isV8 = lines.some(line => line.trimStart().startsWith('at '))
  const frames: WireFrame[] = []
  for (const line of lines) {
    const frame = line.length <= maxLineChars && (isV8 ? readV8(line.trim()) : readGecko(line.trim()))
    if (frame && frames.push(frame) === maxFrames) break
  }
  return frames
}

function readV8(line: string): WireFrame | undefined {
  if (!line.startsWith('at ')) return undefined
  let place = line.slice(3)
  let name = ''
  const evalStart = place.indexOf(' (eval at ')
  const start = evalStart < 0 && place.endsWith(')') ? place.lastIndexOf(' (') : evalStart
  if (start >= 0) {
    name = place.slice(0, start)
    place = place.slice(start + 2, -1)
  }
  if (evalStart >= 0) {
    // `eval at f (eval at g (https://shop.example/a.js:1:2), <anonymous>:1:1), <anonymous>:1:1`: the code that is served.
    // Its path may have brackets, as the route groups of Next.js have, but no blank.
    place = place.slice(place.indexOf(' (', place.lastIndexOf('eval at ')) + 2)
    place = place.slice(0, place.indexOf(')', place.search(/:\d+\)/)))
  }
  const alias = name.indexOf(' [as ')
  return makeFrame(withoutAsync(alias < 0 ? name : name.slice(0, alias)), withoutAsync(place))
}

function readGecko(line: string): WireFrame | undefined {
  // The first one: addresses have more of them, `https://cdn.example/lib@1.2.3/lib.js`.
  const at = line.indexOf('@')
  const scheme = line.indexOf('://')
  const hasName = at >= 0 && (scheme < 0 || at < scheme)
  const name = hasName ? line.slice(0, at) : ''
  const place = line.slice(hasName ? at + 1 : 0)
  // Nothing: JavaScriptCore, in what `eval` or `Function` made, and in constructors that nobody wrote.
  const isPlace = /^$|^\[(?:native|wasm) code\]$|:\d+$|wasm-function/.test(place) || place.includes('://')
  // `promise callback*pay`, `setTimeout handler*pay`, `async*pay`.
  return isPlace && (hasName || bareAddress.test(place))
    ? makeFrame(name.slice(name.lastIndexOf('*') + 1), place)
    : undefined
}

function makeFrame(name: string, place: string): WireFrame | undefined {
  const frame: WireFrame = {}
  const wasm = place.indexOf(wasmFunction)
  // What follows is an offset in bytes, not a place in a text.
  const whole = wasm < 0 ? place : place.slice(0, wasm)
  const [end = '', line, column] = lineAtEnd.exec(whole.slice(-maxEndChars)) ?? []
  const address = whole.slice(0, whole.length - end.length)
  const called = geckoEval.exec(address)
  const file = called ? address.slice(0, called.index) : address
  const lineNumber = Number(called ? called[1] : line)
  if (isNamed(name)) frame.function = name.slice(0, maxFunctionChars)
  if (wasm >= 0) frame.function = place.slice(wasm + 1, place.indexOf(']', wasm) + 1)
  if (!noFile.test(file) && (lineNumber > 0 || file.includes('://'))) {
    frame.file = file
    if (lineNumber > 0) frame.line = lineNumber
    if (Number(column) > 0 && !called) frame.column = Number(column)
  }
  return frame.function || frame.file ? frame : undefined
}

function isNamed(name: string): boolean {
  return name !== '' && !name.endsWith('<anonymous>') && !scriptCode.test(name)
}

function withoutAsync(text: string): string {
  return text.startsWith('async ') ? text.slice(6) : text
}
