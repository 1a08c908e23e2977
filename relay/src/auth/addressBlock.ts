import { isIPv4, isIPv6 } from 'node:net'

/** Addresses that somebody has of right: one network of IPv4 is 256 of them, one of IPv6 2^64. */
const ipv4Octets = 3
const ipv6Groups = 4

/**
 * The network of a client, such as `203.0.113` or `2001:db8:0:1`: who has one address of it can usually have all.
 * What is no address, as some proxies write `unknown`, is one network of its own.
 */
export function addressBlock(address: string | undefined): string {
  const plain = plainAddress(address)
  if (plain === undefined) return 'unknown'
  if (isIPv4(plain)) return plain.split('.').slice(0, ipv4Octets).join('.')
  return expand(plain).slice(0, ipv6Groups).join(':')
}

/** Without port, zone and brackets, and an IPv4 address inside an IPv6 one as itself; undefined where it is none. */
export function plainAddress(address: string | undefined): string | undefined {
  const text = (address ?? '').trim().toLowerCase()
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  const [plain = ''] = bare.split('%')
  if (isIPv4(plain)) return plain
  if (!isIPv6(plain)) return undefined
  const groups = expand(plain)
  const isMapped = groups.slice(0, 5).every(group => group === '0') && groups[5] === 'ffff'
  return isMapped ? groups.slice(6).flatMap(octets).join('.') : plain
}

function octets(group: string): number[] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}

/** All eight groups, without leading zeros. */
function expand(address: string): string[] {
  const hex = address.replace(/[\d.]+$/, tail => (isIPv4(tail) ? dottedGroups(tail) : tail))
  const [head = '', rest] = hex.split('::')
  const split = (part: string) => (part === '' ? [] : part.split(':'))
  const left = split(head)
  const right = split(rest ?? '')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map(group => Number.parseInt(group, 16).toString(16))
}

function dottedGroups(ipv4: string): string {
  const [a, b, c, d] = ipv4.split('.').map(Number) as [number, number, number, number]
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
