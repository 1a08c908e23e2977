import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureSizes } from '../package/sizes.ts'
import { describeMachine } from './machine.ts'
import { measureIntoLoki } from './relay/intoLoki.ts'
import { measureRelay } from './relay/measureRelay.ts'
import { lokiTable, relayTable } from './relay/relayTable.ts'
import { measureSoak } from './relay/soak.ts'
import { soakTable } from './relay/soakTable.ts'
import { visitTable } from './relay/visit.ts'
import { bundleContenders } from './sdk/contenders.ts'
import { faultsTable } from './sdk/faultsTable.ts'
import { installPeers } from './sdk/installPeers.ts'
import { measureSdks } from './sdk/measureSdks.ts'
import { sdkTable } from './sdk/sdkTable.ts'
import { vitalsTable } from './sdk/vitalsTable.ts'

/** `npm run bench`: bytes, cost of a call, throughput; each beside a floor that was measured in the same run. */
const repository = join(import.meta.dirname, '../..')
const rounds = process.env.LONG ? { relay: 15, loki: 7 } : { relay: 5, loki: 3 }
const sdkRounds = process.env.LONG ? { quick: 21, slow: 7 } : { quick: 5, slow: 3 }
const soakMinutes = 10

const parts: Record<string, { title: string; measure: () => Promise<string[]> }> = {
  bytes: { title: 'SDK, bytes        raw     gzip   brotli   limit (gzip)', measure: bytes },
  sdk: {
    title: 'SDKs in Chromium',
    measure: async () => sdkTable(await measureSdks(await contenders(), sdkRounds), sdkRounds),
  },
  faults: {
    title: 'What arrives in spite of a fault, in Chromium',
    // The last is the page without an SDK.
    measure: async () => faultsTable((await contenders()).slice(0, -1)),
  },
  vitals: {
    title: 'What visitors of a page feel of it, in Chromium',
    measure: () => vitalsTable(join(repository, 'sdk/dist/loki-beacon.js'), sdkRounds.quick),
  },
  visit: { title: 'What a visit sends', measure: () => visitTable(join(repository, 'sdk/dist/loki-beacon.js')) },
  relay: { title: 'Relay', measure: relay },
  loki: {
    title: 'Into a real Loki, in batches of 100',
    measure: async () =>
      lokiTable(await measureIntoLoki(rounds.loki, havePeers() ? ['pino-loki', 'winston-loki'] : [])),
  },
  soak: { title: 'For a long time, into a real Loki', measure: async () => soakTable(await measureSoak(soakMinutes)) },
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-peers': { type: 'boolean', default: false } },
})
const unknown = positionals.find(name => !Object.hasOwn(parts, name))
if (unknown) {
  console.error(`no part is called ${unknown}: take some of ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
const wanted = positionals.length ? positionals : Object.keys(parts).filter(name => name !== 'soak' || process.env.LONG)

let peersInstalled: boolean | undefined

console.log(describeMachine(repository))
for (const name of wanted) {
  const { title, measure } = parts[name]!
  const lines = await measure()
  console.log(`\n${title}`)
  for (const line of lines) console.log(`  ${line}`)
}

async function bytes(): Promise<string[]> {
  const sizes = await measureSizes(repository)
  return sizes.map(({ entry, rawBytes, gzipBytes, brotliBytes, limitBytes }) => {
    const limit = limitBytes ? columns(limitBytes) : '       -'
    return `${entry.padEnd(22)}${columns(rawBytes, gzipBytes, brotliBytes)} ${limit}`
  })
}

async function relay(): Promise<string[]> {
  const { results, halfLoad } = await measureRelay(rounds.relay)
  return relayTable(results, halfLoad, rounds.relay)
}

function contenders() {
  return bundleContenders(repository, havePeers())
}

function havePeers(): boolean {
  peersInstalled ??= !withoutPeers()
  return peersInstalled
}

/** Says why there are none, if so. */
function withoutPeers(): string | undefined {
  const reason = flags['no-peers'] ? 'not wanted' : installPeers(join(import.meta.dirname, 'peers'), console.log)
  if (reason) console.log(`\nwithout the peers: ${reason}`)
  return reason
}

function columns(...values: number[]): string {
  return values.map(value => Math.round(value).toLocaleString('en').padStart(8)).join(' ')
}
