/**
 * A lane is one tenant and one Loki stream; its name is `<tenant> <labels>`.
 *
 * A tenant id holds no space (https://grafana.com/docs/loki/latest/operations/multi-tenancy/), so the first one splits the name.
 * One push carries one lane and nothing else: Loki 3.7 answers 204 for a push of several streams although it
 * dropped entries of all but the last one.
 */
export function laneName(tenant: string, labels: Readonly<Record<string, string>>): string {
  return `${tenant} ${formatLabels(labels)}`
}

export function splitLane(lane: string): { tenant: string; labels: string } {
  const space = lane.indexOf(' ')
  return { tenant: lane.slice(0, space), labels: lane.slice(space + 1) }
}

/** The label `app` of a lane, for telling apps apart and nothing else; empty where there is none. */
export function laneApp(lane: string): string {
  // Inside of a value the quote would stand behind a backslash.
  return /[{ ]app="((?:[^"\\]|\\.)*)"/.exec(lane)?.[1] ?? ''
}

/** Whether it is for records of one past hour: see `process/timestamps.ts`. */
export function isLateLane(lane: string): boolean {
  return lane.includes(' late="')
}

/** Labels as Loki's push API and LogQL write them: sorted, and quoted as Go quotes strings. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map(name => `${name}=${JSON.stringify(labels[name]!.toWellFormed())}`)
  return `{${pairs.join(', ')}}`
}

/** Loki's words without the streams that they quote: a page may have a say in the value of a label. */
export function withoutLabels(words: string): string {
  return words.replace(/\{(?:[^{}"]|"(?:[^"\\]|\\.)*(?:"|$))*(?:\}|$)/gs, '{...}')
}

/** Reads what `formatLabels` wrote. */
export function parseLabels(labels: string): Record<string, string> {
  const pairs = labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)=("(?:[^"\\]|\\.)*")/g)
  return Object.fromEntries(Array.from(pairs, ([, name, value]) => [name!, JSON.parse(value!) as string]))
}
