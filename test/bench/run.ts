import { join } from 'node:path'
import { measureSizes } from '../package/sizes.ts'
import { describeMachine } from './machine.ts'
import { measureRelay } from './relayThroughput.ts'
import { measureSdkCall } from './sdkCall.ts'

const repository = join(import.meta.dirname, '../..')
const rounds = process.env.LONG ? 31 : 11

/** `npm run bench`: bytes, cost of a call, throughput; each beside a floor that was measured in the same run. */
console.log(describeMachine(repository))

console.log('\nSDK, bytes        raw     gzip   brotli   limit (gzip)')
for (const { entry, rawBytes, gzipBytes, brotliBytes, limitBytes } of await measureSizes(repository))
  console.log(
    `  ${entry.padEnd(22)}${columns(rawBytes, gzipBytes, brotliBytes)} ${limitBytes ? columns(limitBytes) : '       -'}`,
  )

const call = await measureSdkCall(repository, rounds)
console.log(`\nlog.info with 4 attributes, Chromium, ns a call, medians of ${call.rounds} rounds`)
console.log('                          log    empty function   difference')
for (const [name, { logNs, emptyNs }] of [
  ['20,000 in one task', call.busy],
  ['first 1,000', call.first],
] as const)
  console.log(`  ${name.padEnd(20)}${columns(logNs, emptyNs)} ${columns(logNs - emptyNs).padStart(15)}`)

const relay = await measureRelay(rounds)
console.log(`\nRelay, batches of 100, durable answer, pushed to a stub; medians of ${relay.rounds} rounds`)
console.log('                                          records per CPU second')
console.log(`  relay                                ${thousands(relay.relay)}`)
console.log(
  `  bare node:http + JSON.parse          ${thousands(relay.bareServer)}   relay: ${share(relay.relay, relay.bareServer)} of it`,
)
console.log(
  `  bare loop: JSON.parse, encode, snappy${thousands(relay.bareLoop)}   relay: ${share(relay.relay, relay.bareLoop)} of it`,
)
console.log(`  ${thousands(relay.perSecond).trim()} records/s by the clock, client on the same machine;`)
console.log(
  `  answer after ${relay.ackMs.p50.toFixed(1)} ms (p50), ${relay.ackMs.p99.toFixed(1)} ms (p99) with 16 in flight`,
)

function columns(...values: number[]): string {
  return values.map(value => Math.round(value).toLocaleString('en').padStart(8)).join(' ')
}

function thousands(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString('en').padStart(12)
}

function share(value: number, floor: number): string {
  return `${((100 * value) / floor).toFixed(0)} %`
}
