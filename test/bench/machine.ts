import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { chromium } from '../parts/chromium.ts'

/** What a number means nothing without. */
export function describeMachine(repository: string): string {
  return [
    cpus()[0]?.model.trim() ?? 'unknown processor',
    `${availableParallelism()} cores`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    firstLine(chromium.find(), ['--version']) ?? 'no Chromium',
    `commit ${firstLine('git', ['-C', repository, 'describe', '--always', '--dirty']) ?? 'unknown'}`,
    new Date().toISOString().slice(0, 10),
  ].join(' | ')
}

function firstLine(program: string | undefined, args: readonly string[]): string | undefined {
  if (!program) return undefined
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')[0]
      ?.trim()
  } catch {
    return undefined
  }
}
