import { createServer } from 'node:net'

export const host = '127.0.0.1'
const triesAfterTaken = 50

/** The wanted port, or the next one that nobody listens on; 0 stands for any. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; port <= Math.min(wanted + triesAfterTaken, 65_535); port++) {
    const free = await tryPort(port)
    if (free !== undefined) return free
  }
  throw new Error(
    `ports ${wanted} to ${wanted + triesAfterTaken} are all taken: set DEMO_PORT, RELAY_PORT or RELAY_ADMIN_PORT`,
  )
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
