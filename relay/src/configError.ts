import type { z } from 'zod'
import { type ConfigOption, listConfigOptions } from './configOptions.ts'

/** One thing that is wrong: where it was written, which option it is, and what would be right. */
export interface ConfigProblem {
  /** Such as `environment variable RELAY_PORT` or `/etc/relay.yaml`. */
  source: string
  field?: string
  /** Says what is wrong and how to mend it; never holds a secret. */
  text: string
}

/** The configuration can't be used. Its message lists every problem at once. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    super(
      `The configuration can't be used:\n${problems
        .map(({ source, field, text }) => `  ${source}: ${field ? `${field} ` : ''}${text}`)
        .join('\n')}`,
    )
    this.problems = problems
  }
}

/** What the schema found, in words. `valueAt` and `sourceOf` know what was written, and where. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  valueAt: (path: readonly PropertyKey[]) => unknown,
  sourceOf: (path: readonly PropertyKey[]) => string,
): ConfigProblem[] {
  const options = listConfigOptions()
  return issues.flatMap(issue => {
    const field = fieldName(issue.path)
    const source = sourceOf(issue.path)
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => ({
        source: sourceOf([...issue.path, key]),
        field: fieldName([...issue.path, key]),
        text: `is no option${nearestOf(key, siblings(options, issue.path))}`,
      }))
    const message = wordsOf(issue)
    const value = valueAt(issue.path)
    if (value === undefined) return [{ source, field, text: `is missing: it ${message}` }]
    if (issue.code === 'invalid_key') return [{ source, field, text: message }]
    return [{ source, field, text: `${message}; it is ${describeValue(value, isSecret(options, issue.path))}` }]
  })
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  // The only type that the schema has no words for: each group of options.
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return 'must be options with values, such as { a: 1 }'
  return issue.message
}

/** There is always something to say: where none is near, all there are. */
function nearestOf(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known)
  return near || known.length === 0 ? near : `; there are ${known.join(', ')}`
}

/** `; did you mean x?` where one of the names is close enough. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = candidates
    .map(candidate => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0]
  return near ? `; did you mean ${near.candidate}?` : ''
}

export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, step) => (typeof step === 'number' ? `${name}[${step}]` : `${name}${name && '.'}${String(step)}`),
    '',
  )
}

function siblings(options: readonly ConfigOption[], path: readonly PropertyKey[]): string[] {
  const parent = path.map(step => (typeof step === 'number' ? '[]' : String(step)))
  const names = options
    .filter(option => option.path.length >= parent.length && parent.every((step, i) => option.path[i] === step))
    .flatMap(option => option.path[parent.length] ?? option.names ?? [])
  return [...new Set(names)]
}

/** Also what is below a secret option. An address may hold a password by mistake, so it counts as a secret here. */
function isSecret(options: readonly ConfigOption[], path: readonly PropertyKey[]): boolean {
  const names = path.map(step => (typeof step === 'number' ? '[]' : String(step)))
  return (
    names.join('.') === 'loki.endpoint' ||
    options.some(option => option.secret && option.path.every((name, i) => names[i] === name))
  )
}

function describeValue(value: unknown, secret: boolean): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string')
    return secret || value.length > 60
      ? `a text of ${value.length} characters`
      : JSON.stringify(value) + serviceLink(value)
  if (typeof value === 'number' || typeof value === 'boolean')
    return secret ? `a ${typeof value}` : `the ${typeof value} ${value}`
  return 'a set of names and values'
}

/** https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables */
function serviceLink(value: string): string {
  return /^tcp:\/\//.test(value)
    ? ', as Kubernetes sets it for a service of that name: rename the service, or set enableServiceLinks: false'
    : ''
}

/** Two letters in each other's place count as one mistake. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
