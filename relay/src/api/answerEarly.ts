import type { Request, Response } from 'express'

/** What is thrown away after a refusal at most, in bytes and time, before the connection is cut. */
const maxDiscardBytes = 16 * 1024 * 1024
const maxDiscardMs = 5000
/** Once the bound is reached, nothing more is read, and the answer has this long to arrive. */
const farewellMs = 500

/**
 * Sends a JSON answer, also while the body still arrives. To close at once would reset the connection, and a browser
 * that is still sending would see a network error instead of the answer; so the rest is read and dropped, within bounds.
 * https://www.rfc-editor.org/rfc/rfc9112.html#section-9.6 (lingering close)
 */
export async function answerEarly(req: Request, res: Response, status: number, body: unknown): Promise<void> {
  if (req.complete || req.destroyed) {
    res.status(status).json(body)
    return
  }
  const bytes = Buffer.from(JSON.stringify(body))
  // Without an end yet: Node closes a connection that is not kept alive the moment its response has one.
  res.status(status).set({ 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': String(bytes.length) })
  res.write(bytes)
  const complete = await discard(req)
  res.end()
  if (!complete) req.socket.destroy()
}

/** Reads on without keeping anything. True if the body came to its end within the bounds. */
function discard(req: Request): Promise<boolean> {
  return new Promise(resolve => {
    let bytes = 0
    let timer = setTimeout(finish, maxDiscardMs)
    req.on('data', count).on('end', finish).on('error', finish).on('close', finish)
    req.resume()

    function count(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes <= maxDiscardBytes) return
      req.off('data', count).pause()
      clearTimeout(timer)
      timer = setTimeout(finish, farewellMs)
    }

    function finish(): void {
      clearTimeout(timer)
      req.off('data', count).off('end', finish).off('close', finish)
      resolve(req.complete)
    }
  })
}
