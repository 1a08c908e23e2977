import type { CaptureOptions } from '../captureOptions.ts'
import type { CoreConfig } from '../config.ts'
import type { Plugin } from '../plugin.ts'
import { isCount, isList, isMatcher } from './optionChecks.ts'
import { type Complain, isObject } from './optionShape.ts'

/** What `capture` says of each plugin, with its defaults. */
export function readCapture(
  wanted: false | CaptureOptions | undefined,
  plugins: readonly Plugin[],
  complain: Complain,
): CoreConfig['capture'] {
  const isWanted = wanted !== false
  const capture: CoreConfig['capture'] = { errors: isWanted, rejections: isWanted }
  const options: Record<string, object | undefined> = { errors: undefined, rejections: undefined }
  for (const plugin of plugins) {
    options[plugin.name] = plugin.options
    capture[plugin.name] = isWanted && plugin.enabled && (plugin.options ?? true)
  }
  for (const [name, value] of Object.entries(wanted || {})) {
    const defaults = options[name]
    const path = `capture.${name}`
    if (!(name in options)) complain.unplugged(path)
    else if (typeof value === 'boolean') capture[name] = value && (defaults ?? true)
    else if (defaults && isObject(value)) capture[name] = readOptions(value, defaults, path, complain)
    else if (value !== undefined && value !== null) complain.unusable(path)
  }
  return capture
}

/** Of a plugin's options only the defaults are known: a number is no less than 0, a list has texts and expressions. */
function readOptions(values: object, defaults: object, path: string, complain: Complain): object {
  const read: Record<string, unknown> = { ...defaults }
  for (const [option, value] of Object.entries(values)) {
    const fallback = read[option]
    if (!(option in defaults)) complain.unknown(`${path}.${option}`)
    else if (value === undefined || value === null) continue
    else if (isUsable(value, fallback)) read[option] = value
    else complain.unusable(`${path}.${option}`)
  }
  return read
}

function isUsable(value: unknown, fallback: unknown): boolean {
  if (Array.isArray(fallback)) return isList(isMatcher)(value)
  if (typeof fallback === 'number') return isCount(value)
  return typeof value === typeof fallback && !Array.isArray(value)
}
