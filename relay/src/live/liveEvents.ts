import type { Request, Response } from 'express'
import type { LiveTail } from './liveTail.ts'

export interface LiveEventsOptions {
  /** Streams open at once; one more is answered 503. @defaultValue `20` */
  maxViewers?: number
  /** Silence is broken this often, so that proxies keep the stream; a viewer that took nothing for two beats is cut. @defaultValue `15000` */
  heartbeatMs?: number
}

/** Records are gathered this long, so that a burst becomes few messages. */
const gatherMs = 50
const chunk = { maxRecords: 250, maxBytes: 256 * 1024 }

/**
 * Server-sent events of the tail. Each viewer reads the ring at its own pace and at most one chunk waits in its socket:
 * a slow one misses records and is told how many, the relay's memory stays the same.
 * Resumes after `Last-Event-ID`, or `?after=` where the page opens the stream anew.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamLiveEvents(tail: LiveTail, options: LiveEventsOptions = {}) {
  const { maxViewers = 20, heartbeatMs = 15_000 } = options
  let viewers = 0

  return (req: Request, res: Response): void => {
    if (viewers >= maxViewers) {
      res.status(503).set('Retry-After', '10').type('text/plain').send('Too many live pages are open.\n')
      return
    }
    viewers++
    let cursor = cursorOf(req, tail.epoch)
    let gathering: NodeJS.Timeout | undefined
    let beatsBlocked = 0

    res.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    res.flushHeaders()
    res.write('retry: 2000\n\n')
    const unsubscribe = tail.subscribe(closed => (closed ? res.end() : gather()))
    const heartbeat = setInterval(beat, heartbeatMs).unref()
    res.on('drain', send)
    res.on('close', () => {
      viewers--
      unsubscribe()
      clearInterval(heartbeat)
      clearTimeout(gathering)
    })
    send()

    function gather(): void {
      gathering ??= setTimeout(send, gatherMs)
    }

    function send(): void {
      clearTimeout(gathering)
      gathering = undefined
      if (res.writableNeedDrain || res.writableEnded) return
      const slice = tail.since(cursor, chunk)
      const last = slice.entries.at(-1)
      if (!last) return
      cursor = last.id
      beatsBlocked = 0
      res.write(`id: ${tail.epoch}-${cursor}\nevent: records\ndata: ${JSON.stringify(slice)}\n\n`)
      // What else is there goes at once, but lets other work of this process in between.
      gathering = setTimeout(send)
    }

    function beat(): void {
      if (!res.writableNeedDrain) res.write(':\n\n')
      else if (++beatsBlocked >= 2) res.destroy()
    }
  }
}

/** `<epoch>-<id>`; that of an earlier process, or nonsense, starts from the oldest record kept. */
function cursorOf(req: Request, epoch: string): number {
  const id = String(req.get('Last-Event-ID') ?? req.query.after ?? '')
  const [of, digits] = id.split('-')
  return of === epoch && /^\d{1,15}$/.test(digits ?? '') ? Number(digits) : 0
}
