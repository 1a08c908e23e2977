import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { AppConfig } from '../config.ts'
import { type LimitName, type LimitRefusal, retryAfterS } from '../limitNames.ts'
import { addressBlock, plainAddress } from './addressBlock.ts'
import type { TokenBuckets } from './tokenBuckets.ts'

export interface ClientLimits {
  /** Counts one request and the bytes it announces, or tells why it has to wait. */
  enter(app: AppConfig, address: string | undefined, bytes: number): LimitRefusal | undefined
  /** Bytes that came without having been announced. */
  addBytes(app: AppConfig, address: string | undefined, bytes: number): void
  isExempt(address: string | undefined): boolean
}

/** As in `trustProxy`: https://expressjs.com/en/guide/behind-proxies.html */
const namedRanges: Record<string, string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** Addresses that come again and again, mostly that of a proxy. Strangers choose how many there are, so they have an end. */
const maxRemembered = 1000

/** The limits of a client, which is a network of addresses. They are looked at before the body is read. */
export function createClientLimits(buckets: TokenBuckets, exempt: readonly string[]): ClientLimits {
  const exempted = rangesOf(exempt)
  const remembered = new Map<string | undefined, boolean>()
  return {
    isExempt,
    enter(app, address, bytes) {
      if (isExempt(address)) return undefined
      const meters = metersOf(app, address)
      const waiting = meters.map(({ limit, key }) => ({ limit, waitMs: buckets.waitMs(key) }))
      const longest = waiting.toSorted((a, b) => b.waitMs - a.waitMs)[0]
      if (longest && longest.waitMs > 0) return { limit: longest.limit, retryAfterS: retryAfterS(longest.waitMs) }
      for (const { key, rate, countsBytes } of meters) buckets.take(key, countsBytes ? bytes : 1, rate)
      return undefined
    },
    addBytes(app, address, bytes) {
      if (isExempt(address)) return
      for (const { key, rate, countsBytes } of metersOf(app, address)) if (countsBytes) buckets.take(key, bytes, rate)
    },
  }

  function isExempt(address: string | undefined): boolean {
    const known = remembered.get(address)
    if (known !== undefined) return known
    const plain = plainAddress(address)
    const found = plain !== undefined && exempted.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(address, found)
    return found
  }
}

interface Meter {
  limit: LimitName
  key: string
  rate: number
  countsBytes: boolean
}

function metersOf({ name, limits }: AppConfig, address: string | undefined): Meter[] {
  const owner = `${name}\n${addressBlock(address)}`
  const { requestsPerSecond, bytesPerSecond } = limits.perClient
  const meters: Meter[] = []
  if (requestsPerSecond !== undefined)
    meters.push({ limit: 'client_requests_per_second', key: owner, rate: requestsPerSecond, countsBytes: false })
  if (bytesPerSecond !== undefined)
    meters.push({ limit: 'client_bytes_per_second', key: `${owner}\nbytes`, rate: bytesPerSecond, countsBytes: true })
  return meters
}

function rangesOf(names: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of names.flatMap(name => namedRanges[name] ?? [name])) {
    const [address = '', bits] = range.split('/')
    const type = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, type)
    else list.addSubnet(address, Number(bits), type)
  }
  return list
}
