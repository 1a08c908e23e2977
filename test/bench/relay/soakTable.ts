import type { Soak } from './soak.ts'

export function soakTable({ perSecond, phases, acknowledged, stored }: Soak): string[] {
  const row = (...cells: string[]) => cells.map((text, i) => text.padStart(i === 0 ? 14 : 12)).join('')
  return [
    row('minute', 'RSS, MiB', 'pending', 'p50, ms', 'p99, ms'),
    ...phases.flatMap(({ name, minutes, ackMs }) => {
      const [, second, ...rest] = minutes.map(({ rssMiB }) => rssMiB)
      const growth = second === undefined ? Number.NaN : Math.max(second, ...rest) / second - 1
      return [
        name,
        ...minutes.map(({ rssMiB, pending, ackMs: { p50, p99 } }, minute) =>
          row(String(minute + 1), rssMiB.toFixed(0), pending.toLocaleString('en'), p50.toFixed(1), p99.toFixed(1)),
        ),
        `in all p50 ${ackMs.p50.toFixed(1)} ms, p99 ${ackMs.p99.toFixed(1)} ms; RSS grew by ${(growth * 100).toFixed(0)} % after the first minute`,
      ]
    }),
    `${Math.round(perSecond).toLocaleString('en')} records a second, half of what relay and Loki bear together here, in batches of 100.`,
    `${stored.toLocaleString('en')} of ${acknowledged.toLocaleString('en')} acknowledged records are in Loki.`,
  ]
}
