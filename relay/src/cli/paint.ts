import { styleText } from 'node:util'

type Format = 'bold' | 'dim' | 'green' | 'red' | 'yellow'
type Stream = typeof process.stdout | typeof process.stderr

/** Colour where the stream is a terminal that has colours, or as `NO_COLOR` and `FORCE_COLOR` say. https://no-color.org */
export function paint(format: Format, text: string, stream: Stream = process.stdout): string {
  return styleText(format, text, { stream })
}

/** On standard error, as every message about trouble. */
export function printError(message: string): void {
  console.error(`${paint('red', 'error:', process.stderr)} ${message}`)
}

export function printWarning(message: string): void {
  console.error(`${paint('yellow', 'warning:', process.stderr)} ${message}`)
}
