import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'

/**
 * The least that a server of this protocol can do: read the body, parse each line, answer.
 * Run as a process of its own; it tells its parent the port, and its processor time when asked.
 */
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const lines = (body[0] === 0x1f ? gunzipSync(body) : body).toString().split('\n')
    for (const line of lines) JSON.parse(line)
    response.writeHead(202, { 'content-type': 'application/json' })
    response.end(`{"accepted":${lines.length - 1}}`)
  })
})

server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
