/** Whether a value can be used. */
export type Check = (value: unknown) => boolean

/**
 * What an option must be: what a check says, beside which its default stands if it has one; one of a list, which begins
 * with the default; or of the type of its default. A number is positive and finite.
 */
type Rule = Check | readonly [Check, unknown] | readonly string[] | string | number | boolean

export interface Shape {
  [option: string]: Shape | Rule
}

/** Notes what is wrong with the options that the host gave. */
export interface Complain {
  unknown(option: string): void
  unusable(option: string): void
  /** It is that of a plugin which is not there. */
  unplugged(option: string): void
}

/** The options of that shape, with the default of each that is not given or can't be used. */
export function readShape(values: unknown, shape: Shape, complain: Complain, path = ''): Record<string, unknown> {
  const given = (isObject(values) ? values : {}) as Record<string, unknown>
  for (const name of Object.keys(given)) if (!(name in shape)) complain.unknown(path + name)
  const read: Record<string, unknown> = {}
  for (const name of Object.keys(shape)) {
    const wanted = shape[name]!
    const value = given[name] ?? undefined
    if (isGroup(wanted)) {
      const isSwitch = typeof value === 'boolean' && hasSwitches(wanted)
      const isGood = isObject(value) && !Array.isArray(value)
      if (value !== undefined && !isSwitch && !isGood) complain.unusable(path + name)
      read[name] = isSwitch && !value ? allOff(wanted) : readShape(isGood && value, wanted, complain, `${path}${name}.`)
      continue
    }
    const [isUsable, fallback] = ruleOf(wanted)
    const isGood = value !== undefined && isUsable(value)
    read[name] = isGood ? value : fallback
    if (value !== undefined && !isGood) complain.unusable(path + name)
  }
  return read
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isGroup(wanted: Shape | Rule): wanted is Shape {
  return typeof wanted === 'object' && !Array.isArray(wanted)
}

/** Whether there is something that `true` or `false` for all of it could mean. */
function hasSwitches(shape: Shape): boolean {
  return Object.values(shape).some(wanted => wanted === true || (isGroup(wanted) && hasSwitches(wanted)))
}

/** `noise: false`, `redact: false`. */
function allOff(shape: Shape): object {
  return Object.fromEntries(
    Object.entries(shape).map(([name, wanted]) => [
      name,
      isGroup(wanted) ? allOff(wanted) : wanted === true ? false : ruleOf(wanted)[1],
    ]),
  )
}

function ruleOf(wanted: Rule): readonly [Check, unknown?] {
  if (typeof wanted === 'function') return [wanted]
  if (typeof wanted !== 'object') return [value => isLike(value, wanted), wanted === '' ? undefined : wanted]
  const [first] = wanted
  return typeof first === 'function'
    ? (wanted as unknown as [Check])
    : [value => (wanted as readonly unknown[]).includes(value), first]
}

function isLike(value: unknown, example: string | number | boolean): boolean {
  return (
    typeof value === typeof example && (typeof value !== 'number' || (value > 0 && value < Number.POSITIVE_INFINITY))
  )
}
