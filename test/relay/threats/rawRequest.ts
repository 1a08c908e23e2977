import { connect } from 'node:net'

export interface RawAnswer {
  text: string
  /** Of each answer on the connection, in their order. */
  statuses: number[]
  /** By the relay, before the time was up. */
  closed: boolean
}

/** Sends these bytes as they are, which no HTTP client would, and listens until the relay closes or the time is up. */
export function rawRequest(port: number, bytes: string | Buffer, waitMs = 1500): Promise<RawAnswer> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let closed = true
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => {
      closed = false
      socket.destroy()
    }, waitMs)
    socket.on('data', chunk => chunks.push(chunk))
    // A reset is one of the ways to close.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({ text, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1])), closed })
    })
  })
}
