import type { NativeMethods } from '../web/nativeMethods.ts'

export interface Buffer<Item> {
  /** `soon`: to be handed on as soon as the running code ends, not with the next others. */
  add(item: Item, soon: boolean): void
  /** Hands on all that waits, at once. */
  drain(): void
  /** The same in slices, so that the page can work in between. */
  drainInSlices(): Promise<void>
  /** While the page may end at any moment everything is `soon`. */
  setEnding(ending: boolean): void
}

interface BufferOptions<Item, Line> {
  /** Finishes one item; undefined where nothing is left of it. Must not throw. */
  convert: (item: Item) => Line | undefined
  /** Takes finished items over, in order. Must not throw. */
  append: (lines: Line[]) => void
  /** Above this many characters a slice is handed on at once, in the middle of the page's own work. */
  maxChars: number
  monotonicMs: () => number
  native: Pick<NativeMethods, 'setTimeout' | 'clearTimeout' | 'queueMicrotask'>
}

/** The longest that an item waits, in ms. The first after a pause of this length waits for the end of the task only. */
const maxWaitMs = 250
/** A slice ends at so many items, or when it has taken so long in ms: well below a long task (50 ms). */
const maxSliceItems = 2000
const maxSliceMs = 10
/** Items between two looks at the clock. */
const itemsPerLook = 32

/** Records wait here as they were taken, so that a call costs next to nothing; turning them into text comes later. */
export function createBuffer<Item extends { chars: number }, Line>({
  convert,
  append,
  maxChars,
  monotonicMs,
  native,
}: BufferOptions<Item, Line>): Buffer<Item> {
  let waiting: Item[] = []
  /** Items of `waiting` before this index are done. */
  let head = 0
  /** Items done since the start. */
  let done = 0
  let chars = 0
  let drainedAtMs = Number.NEGATIVE_INFINITY
  let timer: number | undefined
  let isSoon = false
  let isEnding = false
  let isDraining = false

  return {
    add(item, soon) {
      waiting.push(item)
      chars += item.chars
      // What a hook of the host logs while we drain waits for the timer: else each record would ask for the next.
      if ((soon || isEnding) && !isDraining) {
        if (!isSoon) native.queueMicrotask(drainNext)
        isSoon = true
      } else if (timer === undefined) schedule(monotonicMs() - drainedAtMs < maxWaitMs ? maxWaitMs : 0)
      if (chars > maxChars) drainSlice(maxSliceItems, maxSliceMs)
    },
    drain: () => drainSlice(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    async drainInSlices() {
      const end = done + waiting.length - head
      while (done < end) {
        drainSlice(maxSliceItems, maxSliceMs)
        if (done < end) await new Promise<void>(resolve => native.setTimeout(resolve, 0))
      }
    },
    setEnding(ending) {
      isEnding = ending
    },
  }

  function drainNext(): void {
    const end = done + waiting.length - head
    isSoon = false
    schedule(undefined)
    drainSlice(maxSliceItems, maxSliceMs)
    if (done < end) schedule(0)
  }

  function schedule(delayMs: number | undefined): void {
    native.clearTimeout(timer)
    timer = delayMs === undefined ? undefined : native.setTimeout(drainNext, delayMs)
  }

  function drainSlice(maxItems: number, maxMs: number): void {
    if (isDraining) return
    isDraining = true
    const startMs = monotonicMs()
    drainedAtMs = startMs
    const lines: Line[] = []
    // What comes in meanwhile is none of this slice's: a hook that logs would never let it end.
    const end = Math.min(waiting.length, head + maxItems)
    while (head < end) {
      const item = waiting[head++]!
      done++
      chars -= item.chars
      const line = convert(item)
      if (line !== undefined) lines.push(line)
      if (done % itemsPerLook === 0 && monotonicMs() - startMs > maxMs) break
    }
    // In proportion, so that what is done neither piles up nor is copied over and over.
    if (head * 2 >= waiting.length) {
      waiting = waiting.slice(head)
      head = 0
    }
    isDraining = false
    if (lines.length > 0) append(lines)
  }
}
