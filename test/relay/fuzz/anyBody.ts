import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { changed } from './anyBytes.ts'
import { corpus } from './fuzz.ts'

const deep = (depth: number) => JSON.parse('{"a":['.repeat(depth) + ']}'.repeat(depth)) as unknown

/** What stands where something else should. */
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom<unknown>(null, true, -1, -0, 0, 2 ** 53, 1e308, '', '__proto__', '\ud800', '\0', [], {}, deep(20)),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')),
)

const headerFields = [
  'v',
  'batch',
  'sentAtMs',
  'clockOffsetMs',
  'sdk',
  'context',
  'drops',
  'token',
  '__proto__',
] as const
const contextFields = [
  'session',
  'page',
  'url',
  'user',
  'release',
  'browser',
  'os',
  'mobile',
  'custom',
  'viewport',
  'view',
  'route',
  'connection',
  'memoryGb',
] as const
const recordFields = ['n', 't', 'kind', 'level', 'message', 'attributes', 'error', 'values', 'trace', 'span'] as const
const exceptionFields = ['fingerprint', 'repeated', 'breadcrumbs', 'sessionFirstError'] as const
const frameFields = ['function', 'file', 'line', 'column', 'thirdParty'] as const
const breadcrumbFields = ['t', 'category', 'message', 'data'] as const

/** Some of these fields, with any value. */
function some(names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(fc.constantFrom(...names), anyValue, { maxKeys: 2 })
}

const anyHeader = fc
  .record({ id: fc.uuid(), header: some(headerFields), context: some(contextFields) })
  .map(({ id, header, context }) =>
    JSON.stringify({ v: 1, batch: id, sentAtMs: Date.now(), context: { page: 'p', ...context }, ...header }),
  )

const frame = { function: 'f', file: 'https://shop.example/a.js', line: 1, column: 2 }
const breadcrumb = { t: 1_795_210_479_000, category: 'click', message: 'button#pay', data: { a: 1 } }

/** Some of these, each with some of these fields of any value. */
function listOf(item: object, fields: readonly string[]): fc.Arbitrary<unknown[]> {
  return fc.array(
    fc.oneof(
      some(fields).map(more => ({ ...item, ...more })),
      anyValue,
    ),
    { maxLength: 5 },
  )
}

const anyError = fc
  .tuple(
    some(['type', 'message', 'stack', 'frames', 'cause', 'errors', 'properties']),
    fc.nat(12),
    listOf(frame, frameFields),
  )
  .map(([more, depth, frames]) => {
    let error: object = { type: 'E', message: 'm', frames, ...more }
    for (let i = 0; i < depth; i++)
      error = { type: 'E', message: 'm', ...(i % 2 ? { cause: error } : { errors: [error] }) }
    return error
  })

const anyRecord = fc
  .record({
    n: fc.nat(),
    more: some(recordFields),
    attributes: anyValue,
    error: fc.option(anyError, { nil: undefined }),
    kind: fc.constantFrom('log', 'exception'),
    breadcrumbs: listOf(breadcrumb, breadcrumbFields),
    details: some(exceptionFields),
  })
  .map(({ n, more, kind, attributes, error, breadcrumbs, details }) =>
    JSON.stringify({
      n,
      t: Date.now(),
      kind,
      level: 'info',
      message: 'm',
      attributes,
      error,
      breadcrumbs,
      ...details,
      ...more,
    }),
  )

const anyLine = fc.oneof(
  { weight: 6, arbitrary: anyRecord },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

const anyBatch = fc
  .tuple(anyHeader, fc.array(anyLine, { maxLength: 8 }))
  .map(([header, lines]) => Buffer.from([header, ...lines].join('\n')))

const ofCorpus = fc.constantFrom(...corpus('bodies')).map(text => Buffer.from(text, 'latin1'))

/** A body of the wire protocol, or almost one: with wrong fields, changed bytes, or as a gzip that may be damaged. */
export const anyBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: anyBatch },
  { weight: 4, arbitrary: changed(anyBatch) },
  { weight: 2, arbitrary: changed(ofCorpus) },
  { weight: 2, arbitrary: changed(anyBatch.map(bytes => gzipSync(bytes))) },
  { weight: 1, arbitrary: changed(anyBatch).map(bytes => gzipSync(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 500 }).map(bytes => Buffer.from(bytes)) },
)
