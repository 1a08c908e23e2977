import type { CaptureOptions } from '../captureOptions.ts'
import type { Config } from '../config.ts'
import type { Plugin } from '../plugin.ts'
import { isObject } from './optionChecks.ts'

/** What `capture` says of each plugin, with its defaults; what can't be used is added to `problems`. */
export function readCapture(
  wanted: false | CaptureOptions | undefined,
  plugins: readonly Plugin[],
  problems: string[],
): Config['capture'] {
  const capture: Config['capture'] = { errors: wanted !== false, rejections: wanted !== false }
  const options: Record<string, object | undefined> = { errors: undefined, rejections: undefined }
  for (const plugin of plugins) {
    options[plugin.name] = plugin.options
    capture[plugin.name] = wanted !== false && plugin.enabled && (plugin.options ?? true)
  }
  for (const [name, value] of Object.entries(wanted || {})) {
    const defaults = options[name]
    if (!(name in options)) problems.push(`capture.${name} needs its plugin, of loki-beacon/capture`)
    else if (typeof value === 'boolean') capture[name] = value && (defaults ?? true)
    else if (defaults && isObject(value)) capture[name] = readOptions(value, defaults, name, problems)
    else if (value !== undefined && value !== null) problems.push(`capture.${name} is not usable`)
  }
  return capture
}

/** Of a plugin's options only the types of the defaults are known. */
function readOptions(values: object, defaults: object, name: string, problems: string[]): object {
  const read: Record<string, unknown> = { ...defaults }
  for (const [option, value] of Object.entries(values)) {
    const fallback = read[option]
    if (!(option in defaults)) problems.push(`there is no option capture.${name}.${option}`)
    else if (value === undefined || value === null) continue
    else if (typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback)) read[option] = value
    else problems.push(`capture.${name}.${option} is not usable`)
  }
  return read
}
