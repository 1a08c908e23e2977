import { callsWhenDown } from './heapWhenDown.ts'
import { idleMs } from './idle.ts'
import { burstCalls, type DeliveryResult, firstCalls, type Rounds, type SdkResult, type Times } from './measureSdks.ts'

/** A column for each SDK, above the floor's, which has its own numbers in the last one. */
export function sdkTable(results: readonly SdkResult[], rounds: Rounds): string[] {
  const floor = results.at(-1)!
  const sdks = results.slice(0, -1)
  const row = (name: string, ofSdk: (result: SdkResult) => string, ofFloor = '') =>
    [name.padEnd(42), ...sdks.map(ofSdk).map(cell), cell(ofFloor)].join('').trimEnd()
  /** Where the floor has a number of its own, it is taken off. */
  const above = (name: string, digits: number, read: (result: SdkResult) => number) =>
    row(name, result => format(read(result) - read(floor), digits), format(read(floor), digits))
  const times = (name: string, digits: number, read: (result: SdkResult) => Times) => [
    above(name, digits, result => read(result).scriptMs),
    above(`${' '.repeat(name.search(/\S/))}  by the clock`, digits, result => read(result).clockMs),
  ]
  const delivery = (calls: number, read: (result: SdkResult) => DeliveryResult) => [
    above('  main thread, us a record logged', 1, result => (1000 * read(result).mainThreadMs) / calls),
    row('  of them arrived', result => format(read(result).arrived, 0)),
    row('  long tasks after the loop (by the clock)', result => tasks(read(result))),
  ]
  return [
    row('', ({ contender }) => contender.name, 'no SDK'),
    row('', ({ contender }) => contender.version),
    row('bundle, KB of gzip', ({ contender }) => format(contender.gzipBytes / 1000, 1)),
    ...times('evaluation + init(), ms', 1, ({ start }) => start),
    above('main thread in the first second, ms', 1, ({ firstSecondMs }) => firstSecondMs),
    `log.info with 4 attributes, ns a call`,
    ...times(`  first ${format(firstCalls, 0)} of a page`, 0, result => perCall(result.firstCalls, firstCalls)),
    ...times(`  ${format(burstCalls, 0)} in one task`, 0, result => perCall(result.burstCalls, burstCalls)),
    `${format(firstCalls, 0)} records, all in`,
    ...delivery(firstCalls, ({ few }) => few),
    `${format(burstCalls, 0)} records in one task, all in`,
    ...delivery(burstCalls, ({ many }) => many),
    above(`heap, ${format(callsWhenDown, 0)} logs, relay down, MB more`, 1, result => result.heapGrowthBytes / 1e6),
    row(`requests in ${idleMs / 1000} s of idleness`, ({ idle }) => format(idle.requests, 0)),
    row(`timers in ${idleMs / 1000} s of idleness`, ({ idle }) => format(idle.timers, 0)),
    `Fresh pages, SDKs in turn, medians of ${rounds.quick} rounds (all in: ${rounds.slow}) above those of the page with no SDK.`,
    "Times are the main thread's processor time where they are not by the clock, which tells of other programs too.",
  ]
}

function perCall({ clockMs, scriptMs }: Times, calls: number): Times {
  return { clockMs: (clockMs * 1e6) / calls, scriptMs: (scriptMs * 1e6) / calls }
}

function tasks({ longTaskMs, rounds }: DeliveryResult): string {
  if (longTaskMs.length === 0) return '0'
  return `${format(longTaskMs.length / rounds, 1)} (${format(Math.max(...longTaskMs), 0)} ms)`
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function cell(text: string): string {
  return text.padStart(15)
}
