import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** Opens so many connections at once, when it is told to, and counts those that are open. */
export interface Burst {
  port: number
  connections: number
  /** The first is set to 1 when it may begin, the second is the count. */
  shared: Int32Array
}

const { port, connections, shared } = workerData as Burst
parentPort!.postMessage('ready')
Atomics.wait(shared, 0, 0)
for (let i = 0; i < connections; i++)
  connect(port, '127.0.0.1', () => Atomics.add(shared, 1, 1)).on('error', () => undefined)
