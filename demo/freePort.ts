import { createServer } from 'node:net'

export const host = '127.0.0.1'
const triesAfterTaken = 50

/** The wanted port, or the next one that nobody listens on and that is not `chosen` already; 0 stands for any. */
export async function freePort(wanted: number, chosen: readonly number[]): Promise<number> {
  for (let tries = 0; tries <= Math.min(triesAfterTaken, 65_535 - wanted); tries++) {
    const free = await tryPort(wanted === 0 ? 0 : wanted + tries)
    if (free !== undefined && !chosen.includes(free)) return free
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
