/** More arguments of one call are not looked at. */
const maxArguments = 50

/**
 * One line of what was given to a console method, as its first argument's format wants it
 * (https://console.spec.whatwg.org/#formatter), styles left out.
 */
export function formatConsole(args: readonly unknown[], describe: (value: unknown) => string): string {
  const [first, ...rest] = args.slice(0, maxArguments)
  const hasFormat = typeof first === 'string' && rest.length > 0
  const line = hasFormat ? first.replace(/%[sdifoOc%]/g, fill) : describe(first)
  return [line, ...rest.map(describe)].join(' ').trim()

  function fill(place: string): string {
    if (place === '%%') return '%'
    if (rest.length === 0) return place
    const value = rest.shift()
    if (place === '%c') return ''
    if (/[dif]/.test(place)) {
      const number = typeof value === 'object' || typeof value === 'symbol' ? Number.NaN : Number(value)
      return String(place === '%f' ? number : Math.trunc(number))
    }
    return describe(value)
  }
}
