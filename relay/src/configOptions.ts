import { z } from 'zod'
import { configSchema } from './configSchema.ts'
import type { OptionMeta } from './configTypes.ts'

export interface ConfigOption extends OptionMeta {
  /** Names from the top, with `[]` for the items of a list: `apps`, `[]`, `keys`. */
  path: string[]
  /** As it would be written in the file; absent where the option may be left out without one. */
  fallback?: unknown
  required: boolean
}

/** Every option of the schema, in its order. */
export function listConfigOptions(): ConfigOption[] {
  return walk(configSchema, [])
}

function walk(type: z.ZodType, path: string[]): ConfigOption[] {
  const { inner, fallback, required } = unwrap(type)
  const meta = type.meta() as OptionMeta | undefined
  const own = meta ? [{ ...meta, path, fallback, required }] : []
  if (inner instanceof z.ZodObject)
    return [
      ...own,
      ...Object.entries(inner.shape).flatMap(([name, child]) => walk(child as z.ZodType, [...path, name])),
    ]
  if (inner instanceof z.ZodArray && unwrap(inner.element as z.ZodType).inner instanceof z.ZodObject)
    return [...own, ...walk(inner.element as z.ZodType, [...path, '[]'])]
  return own
}

function unwrap(type: z.ZodType): { inner: z.ZodType; fallback?: unknown; required: boolean } {
  if (type instanceof z.ZodPrefault)
    return { inner: type.def.innerType as z.ZodType, fallback: type.def.defaultValue, required: false }
  if (type instanceof z.ZodOptional) return { inner: type.def.innerType as z.ZodType, required: false }
  return { inner: type, required: true }
}
