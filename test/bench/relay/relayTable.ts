import type { HalfLoad } from './halfLoad.ts'
import type { IntoLoki } from './intoLoki.ts'
import { type RelayResult, warmUp, warmUpBatches } from './measureRelay.ts'

export function relayTable(results: readonly RelayResult[], halfLoad: HalfLoad, rounds: number): string[] {
  const { perSecond, windows, relayMs, relayBestMs, bareMs, bareDurableMs } = halfLoad
  const widths = [14, 9, 11, 18, 15, 14, 14, 14]
  const row = (...cells: string[]) => cells.map((text, i) => text.padStart(widths[i]!)).join('')
  return [
    row('records', 'relay', 'records', 'node:http and', 'parse, encode,', 'records a s', 'answer after,', ''),
    row('a batch', 'us', 'a CPU s', 'JSON.parse, us', 'snappy, us', 'by the clock', 'p50', 'p99, ms'),
    ...results.map(({ records, gzip, relayUs, serverUs, loopUs, perSecond, ackMs }) =>
      row(
        `${records}${gzip ? ', gzip' : '      '}`,
        relayUs.toFixed(1),
        hundreds(1e6 / relayUs),
        serverUs.toFixed(1),
        loopUs.toFixed(1),
        hundreds(perSecond),
        ackMs.p50.toFixed(1),
        ackMs.p99.toFixed(1),
      ),
    ),
    `Processor time a record, durable answer and push to a stub; relay and floors in turn, medians of ${rounds} rounds`,
    `after ${warmUpBatches.toLocaleString('en')} batches of ${warmUp.records} that only warm all of them up.`,
    `At half of what it takes and hands on (${hundreds(perSecond)} records a second, batches of 100, client on the same`,
    `machine) it answers after ${times(relayMs)} in the median of ${windows} windows, ${times(relayBestMs)} in the best.`,
    `A bare server that flushes each body to the disk: ${times(bareDurableMs)}; one that keeps nothing: ${times(bareMs)}.`,
  ]
}

export function lokiTable(results: readonly IntoLoki[]): string[] {
  return results.map(({ name, cpuUs, logged, stored }) =>
    [
      name.padEnd(16),
      `${cpuUs.toFixed(1)} us a record`.padStart(20),
      `${stored.toLocaleString('en')} of ${logged.toLocaleString('en')} are there`.padStart(34),
    ].join(''),
  )
}

function times({ p50, p99 }: { p50: number; p99: number }): string {
  return `${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`
}

function hundreds(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString('en')
}
