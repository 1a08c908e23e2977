import type { RelayRecord, WireContext } from '../record.ts'
import { cut, fits, textBounds } from './lineBounds.ts'

/**
 * Writes log lines of one batch: each one compact JSON object. What a page can name freely lies inside `attributes`,
 * `values`, `user` and `custom`, so that it can't stand in for a field of ours. JSON escapes line ends and control
 * characters. The context is the same for all records, so it is written once.
 */
export function createLineFormat(context: WireContext): (record: RelayRecord) => string {
  const { url, route, referrer, viewport, connection, memoryGb, mobile, user, custom } = context
  const ofPage = { url, route, referrer, viewport, connection, memoryGb, mobile }
  const shared = { ...ofPage, user: beyondId(user), custom: unlessEmpty(custom) }
  const sharedText = JSON.stringify(shared)
  const end = sharedText === '{}' ? '}' : `,${sharedText.slice(1)}`
  return record => {
    const { message, attributes, error, values, mechanism } = record
    const plain = { message, attributes: unlessEmpty(attributes), error, values, mechanism }
    const own = record.kind === 'exception' ? withTrail(plain, record) : plain
    const line = JSON.stringify(own).slice(0, -1) + end
    return fits(line) ? line : shorten({ ...own, ...shared })
  }
}

function shorten(fields: Record<string, unknown> & { message: string }): string {
  for (const maxChars of textBounds) {
    const line = JSON.stringify({ ...fields, truncated: true }, (_key, value) =>
      typeof value === 'string' ? cut(value, maxChars) : value,
    )
    if (fits(line)) return line
  }
  // Very many small values: none of them is worth more than another.
  const { message, error } = fields as { message: string; error?: { type: string; message: string; stack?: string } }
  return JSON.stringify({
    message: cut(message, 8192),
    error: error && {
      type: cut(error.type, 512),
      message: cut(error.message, 8192),
      stack: cut(error.stack ?? '', 8192),
    },
    truncated: true,
  })
}

/** What only exceptions have, so that other records need not look for it. */
function withTrail<T extends object>(plain: T, { repeated, breadcrumbs }: RelayRecord): T {
  return { ...plain, repeated, breadcrumbs }
}

function beyondId(user: WireContext['user']): WireContext['user'] {
  if (!user) return undefined
  const { id: _id, ...rest } = user
  return unlessEmpty(rest)
}

function unlessEmpty<T extends object>(value: T | undefined): T | undefined {
  for (const _key in value) return value
  return undefined
}
