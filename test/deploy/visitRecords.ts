import type { WireRecord } from 'loki-beacon/wire'

/** Up to the first it is good, above the second poor: https://web.dev/articles/vitals */
const vitalBands = {
  lcp: [2500, 4000],
  inp: [200, 500],
  cls: [0.1, 0.25],
  fcp: [1800, 3000],
  ttfb: [800, 1800],
} as const

type VitalName = keyof typeof vitalBands

export function log(
  level: WireRecord['level'],
  message: string,
  attributes: WireRecord['attributes'],
): Partial<WireRecord> {
  return { kind: 'log', level, message, attributes }
}

export function event(message: string, attributes?: WireRecord['attributes']): Partial<WireRecord> {
  return { kind: 'event', level: 'info', message, attributes }
}

export function vitals(values: Record<VitalName, number>): Partial<WireRecord>[] {
  return Object.entries(values).map(([name, value]) => vital(name as VitalName, value))
}

export function vital(name: VitalName, value: number): Partial<WireRecord> {
  const [good, poor] = vitalBands[name]
  const rating = value <= good ? 'good' : value > poor ? 'poor' : 'needs-improvement'
  const attributes = { rating, navigationType: 'navigate', id: `v6-${name}-${value}` }
  return { kind: 'measurement', level: 'info', message: name, values: { [name]: value }, attributes }
}

const endingWords: Record<string, string> = { slow: 'slow', network: 'failed' }

export function request(
  method: string,
  path: string,
  ending: { status?: number; durationMs: number; reason: string },
  level: WireRecord['level'],
  more: Partial<WireRecord> = {},
): Partial<WireRecord> {
  const host = 'api.shop.example'
  const words = [method, `${host}${path}`, ending.status, endingWords[ending.reason]].filter(Boolean)
  return {
    ...log(level, words.join(' '), { method, host, path, ...ending }),
    mechanism: 'network',
    ...more,
  }
}

export function exception(
  fingerprint: string,
  type: string,
  message: string,
  more: Partial<WireRecord> = {},
): Partial<WireRecord> {
  const frames = [{ function: 'pay', file: 'https://shop.example/app.js', line: 1, column: 2041 }]
  const stack = `${type}: ${message}\n    at pay (https://shop.example/app.js:1:2041)`
  const error = { type, message, stack, frames }
  return {
    kind: 'exception',
    level: 'error',
    message: `${type}: ${message}`,
    error,
    mechanism: 'onerror',
    fingerprint,
    ...more,
  }
}
