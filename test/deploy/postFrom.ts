import { type IncomingHttpHeaders, request } from 'node:http'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export interface PostOptions {
  method?: string
  body?: string | Buffer
  headers?: Record<string, string>
}

/** A request as a beacon is one, from one of the loopback addresses, and with its path as it stands. */
export function postFrom(
  localAddress: string,
  { port, path }: { port: number; path: string },
  options: PostOptions = {},
): Promise<Answer> {
  const { method = 'POST', body = '', headers = {} } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, path, method, localAddress, agent: false },
        headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
      },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: `${Buffer.concat(chunks)}` }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
