import { join } from 'node:path'
import { measureSizes } from '../package/sizes.ts'
import { describeMachine } from './machine.ts'
import { measureIntoLoki } from './relay/intoLoki.ts'
import { measureRelay } from './relay/measureRelay.ts'
import { lokiTable, relayTable } from './relay/relayTable.ts'
import { measureSoak } from './relay/soak.ts'
import { soakTable } from './relay/soakTable.ts'
import { bundleContenders } from './sdk/contenders.ts'
import { installPeers } from './sdk/installPeers.ts'
import { measureSdks } from './sdk/measureSdks.ts'
import { sdkTable } from './sdk/sdkTable.ts'
import { vitalsTable } from './sdk/vitalsTable.ts'

const repository = join(import.meta.dirname, '../..')
const rounds = process.env.LONG ? { relay: 15, loki: 7 } : { relay: 5, loki: 3 }
const sdkRounds = process.env.LONG ? { quick: 21, slow: 7 } : { quick: 5, slow: 3 }
const soakMinutes = 10

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

console.log('\nWhat visitors of a page feel of it, in Chromium')
for (const line of await vitalsTable(join(repository, 'sdk/dist/loki-beacon.js'), sdkRounds.quick))
  console.log(`  ${line}`)

console.log('\nRelay')
const { results, halfLoad } = await measureRelay(rounds.relay)
for (const line of relayTable(results, halfLoad, rounds.relay)) console.log(`  ${line}`)
console.log('\nInto a real Loki, in batches of 100')
const peers = withoutPeers ? [] : ['pino-loki', 'winston-loki']
for (const line of lokiTable(await measureIntoLoki(rounds.loki, peers))) console.log(`  ${line}`)
if (process.env.LONG) {
  console.log('\nFor a long time, into a real Loki')
  for (const line of soakTable(await measureSoak(soakMinutes))) console.log(`  ${line}`)
}

function columns(...values: number[]): string {
  return values.map(value => Math.round(value).toLocaleString('en').padStart(8)).join(' ')
}
