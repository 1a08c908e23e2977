import type { WireError, WireFrame } from '../wire.ts'

/** Frames that tell one fault from another; what is outside of them differs by engine and by how deep a stack was kept. */
const maxFrames = 3
/** What is looked at of a message, in characters of its first line. */
const maxMessageChars = 300

/** Addresses, quoted texts, and words with a digit in them: what differs from one time to the next. */
const variable = /\w+:\/\/\S+|"[^"]*"|`[^`]*`|(^|\W)'[^']*'|[\w.-]*\d(?:[\w.-]*\w)?/g
/** Parts of a file's name that a bundler makes anew: `app.3f9a8b2c.js`, `179.js`; and perhaps `index-BxKqdzaQ.js`. */
const hash = /[-.~](?=\w*\d)\w{6,}(?=[-.~])|\b\d+(?=\.)/g
const lastPart = /-([\w-]{8})(?=\.\w+$)/

/**
 * 16 hex digits that name what went wrong, the same in each page, release and (with equal messages) browser where
 * possible: 64-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) of the lines below in UTF-8.
 * `docs/errors.md` tells how to compute it elsewhere; whoever changes it makes all faults new ones.
 */
export function fingerprint({ type, message, frames = [] }: WireError): string {
  const located = frames.filter(({ file }) => file)
  const own = located.filter(({ thirdParty }) => !thirdParty)
  const lines = [type, templateOf(message)]
  let last = ''
  for (const frame of own.length > 0 ? own : located) {
    const place = placeOf(frame)
    if (place !== last) lines.push(place)
    if (lines.length === 2 + maxFrames) break
    last = place
  }
  return fnv1a64(lines.join('\n'))
}

function templateOf(message: string): string {
  return message.split('\n', 1)[0]!.slice(0, maxMessageChars).replace(variable, '$1*')
}

/** `pay@cart.js`: the last part of the function's name, unless it is that short, which minifiers give at random. */
function placeOf({ function: name = '', file = '' }: WireFrame): string {
  const bare = /([\w$]{3,})$/.exec(name)?.[1] ?? ''
  return `${bare}@${nameOf(file)}`
}

/** What is no file's name is a page's, with ids in it perhaps. */
function nameOf(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1).slice(-100)
  if (!name.includes('.')) return ''
  return name.replace(lastPart, (all, part: string) => (/[\d_]|[A-Z].*[A-Z]/.test(part) ? '' : all)).replace(hash, '')
}

function fnv1a64(text: string): string {
  let state = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n)
  return state.toString(16).padStart(16, '0')
}
