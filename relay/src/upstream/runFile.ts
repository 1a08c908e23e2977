import { unlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** Some entries of one lane that Loki has acknowledged together. Their bytes lie in a file. */
export interface KeptRun {
  lane: string
  records: number
  bytes: number
  /** When they were acknowledged, in ms since the epoch. */
  atMs: number
  /** The encoded entries; nothing when they were let go, or the file no longer holds what was written. */
  read(): Promise<Uint8Array | undefined>
}

/** A file of runs one behind the other, only added to and removed whole. */
export interface RunFile {
  /** Those that are written. */
  runs: KeptRun[]
  /** In bytes, with what is being written. */
  size(): number
  newestMs(): number
  /** Throws when not all of it could be written; the file is then of no use for further runs. */
  add(run: RunHead, bodies: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
  remove(): void
}

type RunHead = Pick<KeptRun, 'lane' | 'records' | 'atMs'>

/** CRC-32 of the head, CRC-32 of the body, length of the head, length of the body; then the head as JSON, then the body. */
const prefixBytes = 16
const maxHeadBytes = 64 * 1024

export async function createRunFile(path: string): Promise<RunFile> {
  return runFile(path, await open(path, 'wx+', 0o600), 0, [], Date.now())
}

/** One that an earlier process has left: its runs up to the first that is not whole. Bodies are checked when they are read. */
export async function openRunFile(path: string): Promise<RunFile> {
  const handle = await open(path, 'r')
  const { size, mtimeMs } = await handle.stat()
  const runs: KeptRun[] = []
  for (let at = 0; at < size; ) {
    const place = await readHead(handle, at, size)
    if (!place) break
    runs.push(keptRun(handle, place))
    at = place.at + place.bytes
  }
  return runFile(path, handle, size, runs, mtimeMs)
}

function runFile(path: string, handle: FileHandle, startSize: number, runs: KeptRun[], startMs: number): RunFile {
  let size = startSize
  return {
    runs,
    size: () => size,
    newestMs: () => runs.reduce((max, { atMs }) => Math.max(max, atMs), startMs),
    async add(run, bodies) {
      const head = Buffer.from(JSON.stringify(run))
      const crc = bodies.reduce((sum, body) => crc32(body, sum), 0)
      const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
      const start = size
      const at = start + prefixBytes + head.length
      size = at + bytes
      const { bytesWritten } = await handle.writev([prefixOf(head, bytes, crc), head, ...bodies], start)
      if (bytesWritten < at + bytes - start) throw new Error('the disk took only a part')
      runs.push(keptRun(handle, { ...run, at, bytes, crc }))
    },
    close: () => handle.close(),
    remove() {
      // Closes when what is being read or written has ended.
      void handle.close().catch(() => {})
      try {
        unlinkSync(path)
      } catch {
        // Somebody else has removed it.
      }
    },
  }
}

interface Place extends RunHead {
  at: number
  bytes: number
  crc: number
}

function keptRun(handle: FileHandle, { lane, records, atMs, at, bytes, crc }: Place): KeptRun {
  return {
    lane,
    records,
    bytes,
    atMs,
    async read() {
      try {
        const body = Buffer.allocUnsafeSlow(bytes)
        const { bytesRead } = await handle.read(body, 0, bytes, at)
        return bytesRead === bytes && crc32(body) === crc ? body : undefined
      } catch {
        return
      }
    },
  }
}

function prefixOf(head: Uint8Array, bytes: number, crc: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  for (const [i, value] of [crc32(head), crc, head.length, bytes].entries()) prefix.writeUInt32LE(value, 4 * i)
  return prefix
}

async function readHead(handle: FileHandle, start: number, size: number): Promise<Place | undefined> {
  const prefix = Buffer.alloc(prefixBytes)
  await handle.read(prefix, 0, prefixBytes, start)
  const number = (i: number) => prefix.readUInt32LE(4 * i)
  const [headBytes, bytes] = [number(2), number(3)]
  const at = start + prefixBytes + headBytes
  if (headBytes === 0 || headBytes > maxHeadBytes || at + bytes > size) return
  const head = Buffer.alloc(headBytes)
  await handle.read(head, 0, headBytes, start + prefixBytes)
  if (crc32(head) !== number(0)) return
  return { ...(JSON.parse(head.toString()) as RunHead), at, bytes, crc: number(1) }
}
