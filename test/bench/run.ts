import { join } from 'node:path'
import { measureSizes } from '../package/sizes.ts'
import { describeMachine } from './machine.ts'
import { measureRelay } from './relayThroughput.ts'
import { bundleContenders } from './sdk/contenders.ts'
import { installPeers } from './sdk/installPeers.ts'
import { measureSdks } from './sdk/measureSdks.ts'
import { sdkTable } from './sdk/sdkTable.ts'

const repository = join(import.meta.dirname, '../..')
const rounds = process.env.LONG ? 31 : 11
const sdkRounds = process.env.LONG ? { quick: 21, slow: 7 } : { quick: 5, slow: 3 }

/** `npm run bench`: bytes, cost of a call, throughput; each beside a floor that was measured in the same run. */
console.log(describeMachine(repository))

console.log('\nSDK, bytes        raw     gzip   brotli   limit (gzip)')
for (const { entry, rawBytes, gzipBytes, brotliBytes, limitBytes } of await measureSizes(repository))
  console.log(
    `  ${entry.padEnd(22)}${columns(rawBytes, gzipBytes, brotliBytes)} ${limitBytes ? columns(limitBytes) : '       -'}`,
  )

const peersFolder = join(import.meta.dirname, 'peers')
const withoutPeers = process.argv.includes('--no-peers') ? 'not wanted' : installPeers(peersFolder, console.log)
if (withoutPeers) console.log(`\nwithout the peers: ${withoutPeers}`)
const contenders = await bundleContenders(repository, !withoutPeers)
console.log('\nSDKs in Chromium')
for (const line of sdkTable(await measureSdks(contenders, sdkRounds), sdkRounds)) console.log(`  ${line}`)

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
