import { isIP } from 'node:net'
import { z } from 'zod'
import { parseBoolean, parseDuration, parseInteger, parseSize } from './configValues.ts'
import { parseOriginPattern } from './originPattern.ts'

/** Beside the schema each option carries what the documentation, the error messages and the other sources need. */
export interface OptionMeta {
  /** What it does, unit and consequence. */
  description: string
  /** Environment variable; `<env>_FILE` names a file with the value, where the option is a secret. */
  env?: string
  flag?: string
  /** Its value is never printed. */
  secret?: boolean
  /** Names that may stand below it, where the schema does not list them as options. */
  names?: readonly string[]
}

export const option = <T extends z.ZodType>(type: T, meta: OptionMeta): T => type.meta({ ...meta })

export const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`
  return z.preprocess(parseInteger, z.number({ error }).int({ error }).min(min, { error }).max(max, { error }))
}

const amount = (parse: (text: string) => number | undefined, min: string, max: string, examples: string) => {
  const error = `must be ${examples}, from ${min} to ${max}`
  return z.string({ error }).transform((text, context) => {
    const value = parse(text)
    if (value !== undefined && value >= parse(min)! && value <= parse(max)!) return value
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}
export const duration = (min: string, max: string) =>
  amount(parseDuration, min, max, 'a duration such as 100ms, 1s or 1m30s')
export const size = (min: string, max: string) => amount(parseSize, min, max, 'a size such as 512KiB, 2MiB or 1GiB')

/** Takes the place of a default: no limit at all. */
export const orOff = <T extends z.ZodType>(type: T) =>
  z.union([z.literal('off').transform(() => undefined), type], {
    error: issue => `${type.safeParse(issue.input).error?.issues[0]?.message ?? 'is wrong'}, or off`,
  })

/** `80%` as 0.8. */
export const percentage = (min: number, max: number) => {
  const error = `must be a percentage such as 80%, from ${min}% to ${max}%`
  return z.string({ error }).transform((value, context) => {
    const percent = Number(/^(\d{1,3}) ?%$/.exec(value.trim())?.[1])
    if (percent >= min && percent <= max) return percent / 100
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}

export const text = (pattern: RegExp, error: string) => z.string({ error }).trim().regex(pattern, { error })
export const boolean = z.preprocess(parseBoolean, z.boolean({ error: 'must be true or false' }))

const keyText = text(
  /^[A-Za-z0-9_~-][A-Za-z0-9_.~-]{2,127}$/,
  'must be a key of 3 to 128 letters, digits and _ . ~ -, such as pk_shop_web',
)
/** A key as text, or with its switch. */
export const appKey = z.union([keyText, z.strictObject({ key: keyText, disabled: boolean.prefault(false) })], {
  error:
    'must be a key of 3 to 128 letters, digits and _ . ~ -, such as pk_shop_web, or { key: pk_shop_old, disabled: true }',
})

const labelName = text(
  /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
  'must be a label name: letters, digits and _, not starting with a digit or __',
)
/** Set for each record by the relay itself. */
const reservedLabels = ['kind', 'late']
export const freeLabelName = labelName.refine(name => !reservedLabels.includes(name), {
  error: 'is set by the relay itself; take another label name',
})

export const endpoint = z
  .string({ error: 'must be an address such as http://loki:3100' })
  .transform((value, context) => {
    const url = URL.parse(value.trim())
    const problem =
      !url || !/^https?:$/.test(url.protocol)
        ? 'must be an http or https address such as http://loki:3100'
        : url.username || url.password
          ? 'must not hold credentials; set username and token (LOKI_USERNAME, LOKI_AUTH_TOKEN) instead'
          : url.search || url.hash
            ? 'must not have a query or fragment'
            : undefined
    if (problem === undefined) return url!.href.replace(/\/+$/, '').replace(/\/loki\/api\/v1\/push$/, '')
    context.addIssue({ code: 'custom', message: problem })
    return z.NEVER
  })

export const originPattern = z
  .string({ error: 'must be an origin such as https://shop.example' })
  .transform((value, context) => {
    const pattern = parseOriginPattern(value)
    if (typeof pattern !== 'string') return value.trim()
    context.addIssue({ code: 'custom', message: `must be an origin such as https://shop.example: ${pattern}` })
    return z.NEVER
  })

export const tenant = text(
  /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()-]{1,150}$/,
  "must be a tenant id: up to 150 letters, digits and ! - _ . * ' ( )",
)

export const proxyAddress = z.string({ error: 'must be an address' }).refine(isProxyAddress, {
  error: 'must be an IP address, a range such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
})

export const trustedProxy = proxyAddress.refine(value => !/\/0+$/.test(value), {
  error: 'must not be everybody (/0), who could then claim any address: name the proxies, or their number',
})

export const allowedValues = 'must be a list of at most 100 allowed values, or { max: 20 } with a number up to 100'

function isProxyAddress(value: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(value)) return true
  const [address = '', bits, rest] = value.split('/')
  const version = isIP(address)
  if (version === 0 || rest !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
