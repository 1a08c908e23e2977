import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface GatewayOptions {
  /** The status with which a path is answered instead of by Loki. */
  refuse?(path: string): number | undefined
  /** Answered 200 with this text, by path. */
  replace?: Record<string, string>
  /** How far its clock is ahead. */
  aheadMs?: number
}

/** What stands in front of a real Loki, such as that of a hosted one: it lets some things through, and has a clock of its own. */
export async function startGateway(t: TestContext, lokiUrl: string, options: GatewayOptions): Promise<string> {
  const { refuse = () => undefined, replace = {}, aheadMs = 0 } = options
  const server = createServer(async (req, res) => {
    res.setHeader('Date', new Date(Date.now() + aheadMs).toUTCString())
    const status = refuse(req.url ?? '/')
    if (status !== undefined) return res.writeHead(status).end('not allowed')
    const text = replace[req.url ?? '']
    if (text !== undefined) return res.end(text)
    const body = req.method === 'POST' ? Buffer.concat(await req.toArray()) : undefined
    const { 'x-scope-orgid': tenant = '', 'content-type': type = '' } = req.headers
    const headers = { 'X-Scope-OrgID': String(tenant), 'Content-Type': type }
    const answer = await fetch(`${lokiUrl}${req.url}`, { method: req.method, headers, body })
    res.writeHead(answer.status).end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
