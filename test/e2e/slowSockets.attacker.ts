import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** What a socket sends: nothing, or the head or body of a request, a byte a second. */
export type Slowness = 'idle' | 'slow head' | 'slow body'

export interface Attack {
  port: number
  origin: string
  sockets: Record<Slowness, number>
  /** So long, each that the relay closes is opened again. */
  lastsMs: number
}

export interface AttackReport {
  open: number
  /** How long those lived that the relay has closed, in ms. */
  lifetimesMs: Record<Slowness, number[]>
}

const everyMs = 1000

if (parentPort) attack(workerData as Attack)

/** In a thread of its own, so that the page whose answers are timed does not wait for it. */
function attack({ port, origin, sockets, lastsMs }: Attack): void {
  const endsAtMs = performance.now() + lastsMs
  const report: AttackReport = { open: 0, lifetimesMs: { idle: [], 'slow head': [], 'slow body': [] } }
  const head = `POST /v1/i/pk_shop HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n`
  const kinds = Object.keys(sockets) as Slowness[]
  for (const kind of kinds) for (let i = 0; i < sockets[kind]; i++) open(kind)
  setInterval(() => parentPort!.postMessage(report), 200)

  function open(kind: Slowness): void {
    const startMs = performance.now()
    let dripping: NodeJS.Timeout | undefined
    const socket = connect(port, '127.0.0.1', () => {
      report.open++
      if (kind === 'idle') return
      socket.write(kind === 'slow head' ? head : `${head}Content-Length: 100000\r\n\r\n`)
      const drop = kind === 'slow head' ? 'X-Slow-Header-Of-Mine: ' : '{'
      let sent = 0
      dripping = setInterval(() => socket.write(drop[sent++ % drop.length]!), everyMs)
    })
    socket.on('data', () => undefined).on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(dripping)
      report.open--
      report.lifetimesMs[kind].push(performance.now() - startMs)
      if (performance.now() < endsAtMs) open(kind)
    })
  }
}
