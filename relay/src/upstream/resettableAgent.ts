import { type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect, type Socket } from 'node:net'

export interface ResettableAgent {
  agent: HttpAgent | HttpsAgent
  /**
   * Ends a connection by RST: the peer then drops what it has not read yet, and our kernel what it has not sent.
   * After a polite FIN a frozen Loki applies the push when it comes back, minutes after we gave it up.
   */
  reset(socket: Socket): void
  /** Is called when the other side has ended a connection that was idle: it may have died. */
  watchIdle(listener: () => void): void
}

/** Below the idle time after which Loki (2 min) and common proxies (60 s) close a connection under us. */
const keepIdleMs = 30_000

/** Kept-alive connections that can be reset, with TLS too. */
export function createResettableAgent(secure: boolean): ResettableAgent {
  const options = { keepAlive: true, timeout: keepIdleMs, scheduling: 'lifo' } as const
  /** What carries each TLS connection, which itself has no way to send RST. */
  const carriers = new WeakMap<object, Socket>()
  const agent = secure ? new CarriedAgent(options, carriers) : new HttpAgent(options)
  return {
    agent,
    watchIdle: listener => watchIdle(agent, listener),
    reset(socket) {
      const carrier = carriers.get(socket) ?? socket
      if (carrier.connecting) carrier.destroy()
      else carrier.resetAndDestroy()
    },
  }
}

/** Where no push is under way, this is the only sign that Loki was restarted. */
function watchIdle(agent: HttpAgent | HttpsAgent, listener: () => void): void {
  let ended = false
  const endsOf = new WeakMap<object, () => void>()
  const { keepSocketAlive, reuseSocket, destroy } = agent as HttpAgent & AgentHooks
  Object.assign(agent, {
    keepSocketAlive(socket: Socket) {
      // After `keepIdleMs` it is us who end it.
      let timedOut = false
      const onTimeout = () => {
        timedOut = true
      }
      const onClose = () => {
        if (!timedOut && !ended) listener()
      }
      socket.once('timeout', onTimeout)
      socket.once('close', onClose)
      endsOf.set(socket, () => socket.off('timeout', onTimeout).off('close', onClose))
      const isKept = keepSocketAlive.call(agent, socket)
      if (!isKept) endsOf.get(socket)?.()
      return isKept
    },
    reuseSocket(socket: Socket, request: ClientRequest) {
      endsOf.get(socket)?.()
      reuseSocket.call(agent, socket, request)
    },
    destroy() {
      ended = true
      destroy.call(agent)
    },
  } satisfies Partial<AgentHooks> & Pick<HttpAgent, 'destroy'>)
}

/** https://nodejs.org/api/http.html#agentkeepsocketalivesocket */
interface AgentHooks {
  keepSocketAlive(socket: Socket): boolean
  reuseSocket(socket: Socket, request: ClientRequest): void
}

/** TLS over a TCP connection that was made here, and so is known. */
class CarriedAgent extends HttpsAgent {
  readonly #carriers: WeakMap<object, Socket>

  constructor(options: { keepAlive: boolean }, carriers: WeakMap<object, Socket>) {
    super(options)
    this.#carriers = carriers
  }

  override createConnection(...[options, done]: Parameters<HttpsAgent['createConnection']>) {
    const carrier = connect({ host: options.host ?? undefined, port: Number(options.port) })
    const secured = super.createConnection({ ...options, socket: carrier } as typeof options, done)
    if (secured) this.#carriers.set(secured, carrier)
    return secured
  }
}
