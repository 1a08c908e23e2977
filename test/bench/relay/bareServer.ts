import { fdatasync, openSync, rmSync, write } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'

/**
 * The least that a server of this protocol can do: read the body, parse each line, answer. With `durable` as its argument
 * it also appends the body to a file, and answers once the disk has it; bodies that come meanwhile share the next flush.
 * Run as a process of its own; it tells its parent the port, and its processor time when asked.
 */
const keep = process.argv.includes('durable') ? openLog() : () => undefined

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', async () => {
    const body = Buffer.concat(chunks)
    const lines = (body[0] === 0x1f ? gunzipSync(body) : body).toString().split('\n')
    for (const line of lines) JSON.parse(line)
    await keep(body)
    response.writeHead(202, { 'content-type': 'application/json' })
    response.end(`{"accepted":${lines.length - 1}}`)
  })
})

server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())

/** The file is gone from its folder at once, so that nothing stays behind however the process ends. */
function openLog(): (body: Buffer) => Promise<unknown> {
  const path = join(tmpdir(), `bare-server-${process.pid}.log`)
  const file = openSync(path, 'w')
  rmSync(path)
  const append = promisify(write)
  const flush = promisify(fdatasync)
  let waiting: Buffer[] = []
  let flushed: Promise<unknown> = Promise.resolve()
  let next: Promise<unknown> | undefined
  return body => {
    waiting.push(body)
    next ??= flushed = flushed.then(async () => {
      const bodies = Buffer.concat(waiting)
      waiting = []
      next = undefined
      await append(file, bodies)
      await flush(file)
    })
    return next
  }
}
