import { paint } from './paint.ts'
import { countOf, formatBytes } from './words.ts'

const barChars = 30
const redrawMs = 100
const clearLine = '\r\x1b[2K'

export interface ProgressBar {
  update(done: { bytes: number; records: number }): void
  /** A line above the bar. */
  say(line: string): void
  /** Takes the bar away. */
  end(): void
}

/** On a terminal, how much of a file is done; elsewhere only what is said. @param totalBytes Unknown for a pipe. */
export function startProgressBar(totalBytes: number | undefined): ProgressBar {
  const stream = process.stderr
  const startMs = performance.now()
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let bar = ''
  return {
    update({ bytes, records }) {
      if (!stream.isTTY || performance.now() - drawnAtMs < redrawMs) return
      drawnAtMs = performance.now()
      const seconds = (drawnAtMs - startMs) / 1000
      const rate = seconds < 1 ? '' : `, ${Math.round(records / seconds).toLocaleString('en')}/s`
      bar = `${share(bytes, totalBytes)} ${countOf(records, 'record')}${rate}`
      stream.write(`${clearLine}${bar}`)
    },
    say(line) {
      stream.write(`${bar && clearLine}${line}\n${bar}`)
    },
    end() {
      if (bar) stream.write(clearLine)
      bar = ''
    },
  }
}

function share(bytes: number, totalBytes: number | undefined): string {
  if (!totalBytes) return formatBytes(bytes)
  const part = Math.min(bytes / totalBytes, 1)
  const full = Math.round(part * barChars)
  const drawn =
    paint('green', '#'.repeat(full), process.stderr) + paint('dim', '-'.repeat(barChars - full), process.stderr)
  return `[${drawn}] ${String(Math.floor(part * 100)).padStart(3)} %`
}
