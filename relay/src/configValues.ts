import bytes from 'bytes'
import ms, { type StringValue } from 'ms'

/** Go writes `1m30s`: several amounts in one. https://pkg.go.dev/time#ParseDuration */
const goDuration = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const size = /^(\d+(?:\.\d+)?) ?(?:([kmgt])i?)?b$/i

/** Milliseconds of `100ms`, `1.5h` or `1m30s`; undefined when it is no such text. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!goDuration.test(text)) return undefined
  const parts = text.match(/\d+(?:\.\d+)?[a-z]+/g) ?? []
  return Math.round(parts.reduce((sum, part) => sum + ms(part as StringValue), 0))
}

/** Bytes of `512KiB`, `1GB` or `100 MiB`; `KB` and `KiB` are both 1024, as disks' sizes are rarely meant to the byte. */
export function parseSize(text: string): number | undefined {
  const match = size.exec(text.trim())
  if (!match) return undefined
  return bytes.parse(`${match[1]}${match[2] ?? ''}b`) ?? undefined
}

/** Whole numbers come as text from the environment and from flags. */
export function parseInteger(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value
}

/** `true`, `1`, `yes` and their opposites, as text. */
export function parseBoolean(value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (/^(true|1|yes|on)$/i.test(value)) return true
  return /^(false|0|no|off)$/i.test(value) ? false : value
}

/** `a, b` of the environment as a list. */
export function parseList(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
