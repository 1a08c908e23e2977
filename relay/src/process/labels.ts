import type { AppConfig } from '../config.ts'
import type { RelayRecord, WireContext } from '../record.ts'
import { createSeenStreams, type SeenStreams } from './seenStreams.ts'

/** The labels in which the streams of an app differ; each has few values, whatever a page sends. */
export type ResolveLabels = (record: RelayRecord, context: WireContext, late?: string) => Record<string, string>

const maxValueChars = 100
const rest = 'other'
/** Fields of the context that can be made a label as if they were attributes. */
const contextKeys = ['release', 'browser', 'os', 'language'] as const

/** What was seen in the labels of an app, whatever its configuration was then. */
export interface SeenValues {
  /** Those that have a place of their own under `{ max: n }`: the first ones since the start. */
  ofLabel(app: string, label: string): Set<string>
  /** The sets of them. */
  streams(app: string): SeenStreams
}

export function createSeenValues(): SeenValues {
  const values = new Map<string, Set<string>>()
  const streams = new Map<string, SeenStreams>()
  return {
    ofLabel: (app, label) => getOrAdd(values, JSON.stringify([app, label]), () => new Set()),
    streams: app => getOrAdd(streams, app, createSeenStreams),
  }
}

export function createLabels(app: AppConfig, seen: SeenValues): ResolveLabels {
  const keys = Object.entries(app.labelKeys).map(([name, bound]) => ({
    name,
    bounded: createBound(bound, () => seen.ofLabel(app.name, name)),
  }))
  return (record, context, late) => {
    const labels: Record<string, string> = { kind: record.kind }
    for (const { name, bounded } of keys) {
      const value = labelValue(name, record, context) ?? (name === 'release' ? app.release : undefined)
      if (value !== undefined) labels[name] = bounded(value)
    }
    if (late !== undefined) labels.late = late
    return labels
  }
}

/** For a stream above the bound of its app. A label without a value says it too: or each might be missing, or not. */
export function withOthers(labels: Record<string, string>, { labelKeys }: AppConfig): Record<string, string> {
  return { ...labels, ...Object.fromEntries(Object.keys(labelKeys).map(name => [name, rest])) }
}

function createBound(
  bound: readonly string[] | { max: number },
  seenBefore: () => Set<string>,
): (value: string) => string {
  if (Array.isArray(bound)) {
    const allowed = new Set(bound)
    return value => (allowed.has(value) ? value : rest)
  }
  const { max } = bound as { max: number }
  const seen = seenBefore()
  return value => {
    if (value.length > maxValueChars) return rest
    if (seen.size < max) seen.add(value)
    return seen.has(value) ? value : rest
  }
}

/** An empty value is none: Loki drops labels without one. */
function labelValue(name: string, record: RelayRecord, context: WireContext): string | undefined {
  const known = contextKeys.find(key => key === name)
  const value = (known && context[known]) ?? own(record.attributes, name) ?? own(context.custom, name)
  const text =
    typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  return text === '' ? undefined : text
}

function own(attributes: Readonly<Record<string, unknown>> | undefined, name: string): unknown {
  return attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined
}

function getOrAdd<T>(map: Map<string, T>, key: string, create: () => T): T {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}
