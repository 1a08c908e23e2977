const count = new Intl.NumberFormat('en')
const value = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

export function formatCount(number) {
  return count.format(number)
}

/** A measured number, as exact as one can use. */
export function formatValue(number, unit = '') {
  if (number === undefined) return '-'
  if (unit === 'ms' && number >= 1000) return `${value.format(number / 1000)} s`
  return unit ? `${value.format(Math.round(number))} ${unit}` : value.format(number)
}

export function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KiB`
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}

export function formatAge(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

/** The time of day. Hostile times too: a Date has bounds. */
export function formatClock(ms) {
  return isTime(ms) ? clock.format(ms) : '-'
}

export function isoTime(ms) {
  return isTime(ms) ? new Date(ms).toISOString() : String(ms)
}

function isTime(ms) {
  return typeof ms === 'number' && !Number.isNaN(new Date(ms).getTime())
}
