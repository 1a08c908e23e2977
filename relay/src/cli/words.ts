import bytes from 'bytes'
import ms from 'ms'

/** `1 record`, `1,200 records`. */
export function countOf(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}

export function formatBytes(count: number): string {
  return bytes.format(count, { unitSeparator: ' ' }) ?? `${count} B`
}

export function formatTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
}

export function formatAge(ageMs: number): string {
  return ms(Math.round(ageMs), { long: true })
}
