import { once } from 'node:events'
import { serveDemo } from './serveDemo.ts'

/** The shop's pages alone, where relay and live page are somewhere else: what the demo's container runs. */

const { PORT = '3000', RELAY_URL = '/telemetry', LIVE_URL = '' } = process.env

const server = serveDemo(() => ({ relayUrl: RELAY_URL, liveUrl: LIVE_URL }))
server.listen(Number(PORT))
await once(server, 'listening')
console.log(`the demo listens on port ${PORT}`)

// As the first process of a container it would get no signal without these.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    server.close()
    server.closeAllConnections()
  })
