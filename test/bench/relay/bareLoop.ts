import { gunzipSync } from 'node:zlib'
import { encodeEntries } from '../../../relay/src/entry.ts'
import { encodePush } from '../../../relay/src/upstream/pushEncoder.ts'

const metadata = [
  ['level', 'info'],
  ['session_id', '0190b2f0c0de7000a000000000000001'],
  ['page_id', '0190b2f0c0de7000a000000000000002'],
  ['record_id', '0190b2f0c0de7000a000000000000002-1'],
] as const

/** The same bytes through nothing but parser and encoder. Returns processor time, in us. */
export function measureBareLoop(bodies: readonly Buffer[]): number {
  const before = process.cpuUsage()
  let bytes = 0
  for (const body of bodies) {
    const entries = (body[0] === 0x1f ? gunzipSync(body) : body)
      .toString()
      .split('\n')
      .slice(1)
      .map((line, index) => {
        JSON.parse(line)
        return { seconds: 1_800_000_000, nanos: index, line, metadata }
      })
    bytes += encodePush('{app="shop"}', [encodeEntries(entries)]).length
  }
  const { user, system } = process.cpuUsage(before)
  if (bytes === 0) throw new Error('nothing was encoded')
  return user + system
}
