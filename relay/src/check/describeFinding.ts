import { paint } from '../cli/paint.ts'
import type { Finding } from './finding.ts'

const marks = {
  ok: ['green', 'ok'],
  warning: ['yellow', 'warning'],
  failed: ['red', 'FAILED'],
} as const satisfies Record<Finding['level'], unknown>

export function describeFinding({ level, text, fix }: Finding): string {
  const [colour, word] = marks[level]
  return `${paint(colour, word.padEnd(7))} ${text}${fix ? `\n        fix: ${fix}` : ''}`
}
