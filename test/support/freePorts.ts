import { createServer } from 'node:net'

/** So many different TCP ports of the loopback interface that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  // All are held before the first is let go: otherwise the system may hand out the same one twice.
  const ports = await Promise.all(servers.map(listen))
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

/** A free port that nobody else gets until it is released: for who listens on it seconds later. */
export async function holdPort(): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer()
  const port = await listen(server)
  return { port, release: () => new Promise(resolve => server.close(() => resolve())) }
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('not a TCP address'))
      else resolve(address.port)
    })
  })
}
