import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { smallDisks } from '../parts/smallDisks.ts'
import { startProcess } from './childProcess.ts'
import { tempDir } from './tempDir.ts'
import { waitFor } from './waitFor.ts'

const zeros = Buffer.alloc(1024 ** 2)

export interface SmallDisk {
  /** As programs run `within` see it. */
  dir: string
  /** The same as this process sees it. */
  dirFromHere: string
  /** Command that the programs have to be run by which are to see it. */
  within: readonly string[]
  /** Takes all that is free but so many bytes; what was taken before is given back first. */
  fill(leaveBytes?: number): void
  /** Gives back what `fill` took. */
  clear(): void
  freeBytes(): Promise<number>
}

/** A file system in memory of this size, in a mount namespace of its own: no privilege is needed, and nothing is left of it. */
export async function startSmallDisk(t: TestContext, bytes: number): Promise<SmallDisk> {
  const program = smallDisks.find()
  if (!program) throw new Error(`${smallDisks.name} is missing: ${smallDisks.howToGet}`)
  const parent = await tempDir(t)
  const dir = join(parent, 'disk')
  await mkdir(dir)
  const script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec sleep infinity'
  const holder = await startProcess(
    program,
    ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', String(bytes), dir],
    { outputFile: join(parent, 'output.log') },
  )
  t.after(() => holder.kill('SIGKILL'))
  await waitFor(() => holder.ended() !== undefined || holder.output().includes('mounted'), {
    timeoutMs: 5000,
    everyMs: 10,
    what: 'a small disk',
  })
  if (holder.ended()) throw new Error(`no small disk: ${holder.output()}`)
  const dirFromHere = `/proc/${holder.pid}/root${dir}`
  const hog = join(dirFromHere, 'hog')
  const clear = () => rmSync(hog, { force: true })
  return {
    dir,
    dirFromHere,
    within: ['nsenter', '--target', String(holder.pid), '--user', '--preserve-credentials', '--mount', '--'],
    fill(leaveBytes = 0) {
      clear()
      const reserve = join(dirFromHere, 'reserve')
      if (leaveBytes > 0) writeAll(reserve, leaveBytes)
      writeAll(hog)
      rmSync(reserve, { force: true })
    },
    clear,
    async freeBytes() {
      const { bavail, bsize } = await statfs(dirFromHere)
      return bavail * bsize
    },
  }
}

/** So many bytes, or as many as there is room for. */
function writeAll(path: string, maxBytes = Number.POSITIVE_INFINITY): void {
  const file = openSync(path, 'a')
  let left = maxBytes
  for (let size = 1024 ** 2; size >= 4096; ) {
    try {
      if (left < size) break
      left -= writeSync(file, zeros, 0, size)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      size /= 4
    }
  }
  closeSync(file)
}
