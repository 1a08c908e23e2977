import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of this folder in a process of its own, which answers each message with its processor time so far. */
export interface CpuChild {
  /** What it sent first. */
  hello: Record<string, unknown>
  /** Of all of its threads, in us, once it has done what the message says. */
  cpuUs(message?: object): Promise<number>
  stop(): void
}

export async function startCpuChild(file: string, args: readonly string[] = []): Promise<CpuChild> {
  const child = fork(join(import.meta.dirname, file), args)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`)
  })
  // Where nobody waits, as after `stop`, its end is no fault.
  ended.catch(() => undefined)
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0] as unknown
  const hello = (await answer()) as CpuChild['hello']
  return {
    hello,
    async cpuUs(message = {}) {
      child.send(message)
      const { user, system } = (await answer()) as NodeJS.CpuUsage
      return user + system
    },
    stop: () => child.kill(),
  }
}
