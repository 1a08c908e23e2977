import { promisify } from 'node:util'
import { gunzip, gunzipSync } from 'node:zlib'
import type { Request, Response } from 'express'
import { RelayError } from '../errors.ts'
import { admittedApp } from './admit.ts'
import type { ByteAccount } from './byteBudget.ts'

export interface BodyLimits {
  maxBodyBytes: number
  maxInflatedBytes: number
}

/** Below this, inflating on the spot is quicker than a trip to another thread. */
const syncInflateBytes = 64 * 1024
const gunzipApart = promisify(gunzip)

/**
 * So much may come out of a few bytes: all that a page sends at once with the SDK's own bounds, a burst of equal errors
 * among it. Above it the ratio counts, which gzip takes to 1000:1, and an honest batch of equal stacks to 140:1.
 */
const freeInflatedBytes = 1024 * 1024
const maxRatio = 200

/** Asked for a body, it reads one within its bounds and undoes gzip, which is known by its first two bytes. */
export type ReadBody = (req: Request, res: Response) => Promise<Buffer>

/**
 * Bytes are counted as they come, whatever the header says of them. What the budget has given for a request
 * is given back when its response is over.
 */
export function createReadBody(
  { maxBodyBytes, maxInflatedBytes }: BodyLimits,
  openAccount: (app: string) => ByteAccount,
): ReadBody {
  return async (req, res) => {
    const take = takeUntilClose(res, openAccount(admittedApp(res).name))
    const body = await readBounded(req, res, maxBodyBytes, take)
    if (body[0] !== 0x1f || body[1] !== 0x8b) {
      if (body.length > maxInflatedBytes) throw new RelayError('too_large')
      return body
    }
    // The body is here as a whole, so the ratio is a length at which inflating stops.
    const ratioBytes = Math.max(freeInflatedBytes, maxRatio * body.length)
    const maxOutputLength = Math.min(maxInflatedBytes, ratioBytes)
    try {
      if (body.length > syncInflateBytes) {
        take(maxOutputLength)
        return await gunzipApart(body, { maxOutputLength })
      }
      const inflated = gunzipSync(body, { maxOutputLength })
      take(inflated.length)
      return inflated
    } catch (error) {
      if (error instanceof RelayError) throw error
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        throw new RelayError('too_large', {
          detail: `more than ${maxOutputLength} bytes inflated${maxOutputLength < maxInflatedBytes ? `, beyond ${maxRatio}:1` : ''}`,
        })
      throw new RelayError('invalid_batch', { detail: 'gzip data is damaged' })
    }
  }
}

function takeUntilClose(res: Response, account: ByteAccount): (bytes: number) => void {
  res.once('close', account.close)
  return bytes => {
    if (!account.take(bytes)) throw new RelayError('overloaded', { retryAfterS: 5 })
  }
}

function readBounded(req: Request, res: Response, maxBytes: number, take: (bytes: number) => void): Promise<Buffer> {
  const detail = `more than ${maxBytes} bytes`
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new RelayError('too_large', { detail })
  // A client that waits for leave to send its body has it now: whoever is not allowed never gets here.
  if (req.headers.expect?.toLowerCase() === '100-continue') res.writeContinue()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (error?: Error) => {
      req.off('data', onData).off('end', onEnd).off('error', onLeave).off('close', onLeave)
      if (error) reject(error)
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes))
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) return settle(new RelayError('too_large', { detail }))
      try {
        take(chunk.length)
      } catch (error) {
        return settle(error as Error)
      }
      chunks.push(chunk)
    }
    const onEnd = () => settle()
    // A client that leaves is no fault of ours, however its connection ends.
    const onLeave = () => settle(new RelayError('bad_request', { detail: 'the body ended early' }))
    req.on('data', onData).on('end', onEnd).on('error', onLeave).on('close', onLeave)
  })
}
