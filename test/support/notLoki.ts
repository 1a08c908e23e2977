import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { SelfSigned } from './selfSigned.ts'

export interface NotLoki {
  /** Host and port, for the scheme of one's choice. */
  host: string
}

/** What newcomers take for Loki: a server that answers each request alike, with TLS if it has a certificate. */
export async function startNotLoki(
  t: TestContext,
  { status = 204, headers = {}, text = '' }: { status?: number; headers?: Record<string, string>; text?: string } = {},
  certificate?: SelfSigned,
): Promise<NotLoki> {
  const answer: RequestListener = (request, response) => {
    request.resume()
    request.once('end', () => response.writeHead(status, headers).end(text))
  }
  const server = certificate ? createHttps(certificate, answer) : createHttp(answer)
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}
