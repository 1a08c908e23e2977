/**
 * What the panels count, as LogQL. Labels first, for they choose what is read at all; then a part of the line, the
 * cheapest filter; then structured metadata; JSON last, and single fields of it.
 */

/** Records of the chosen app, environment and releases. */
export function records(kind: 'log' | 'exception' | 'measurement' | 'event', lineFilter = ''): string {
  const filter = lineFilter && ` ${lineFilter}`
  return `{app="$app", env=~"$env", kind="${kind}"}${filter} | release=~"$release"`
}

export const exceptions = records('exception')
/** Told once in each session. Lines begin with the message. */
export const sessionStarts = records('event', '|= `{"message":"session_start"`')
/** One exception of each session that has any. */
export const firstErrors = `${exceptions} | session_first_error="true"`
export const requests = records('log', '|= `"mechanism":"network"`')
export const failedLoads = records('log', '|= `{"message":"failed to load`')

export type VitalName = 'lcp' | 'inp' | 'cls' | 'fcp' | 'ttfb'

export function vital(name: VitalName): string {
  return records('measurement', `|= \`{"message":"${name}"\``)
}

/** The value that three of four are not above. */
export function p75(name: VitalName, by: string, range: string): string {
  return `quantile_over_time(0.75, ${vital(name)} | json value="values.${name}" | unwrap value [${range}]) by (${by})`
}

export function count(selector: string, by: string | undefined, range: string, offset?: string): string {
  return `sum${by ? ` by (${by})` : ''} (count_over_time(${selector} [${range}]${offset ? ` offset ${offset}` : ''}))`
}

/** 0 instead of nothing. */
export function orZero(expr: string): string {
  return `${expr} or vector(0)`
}

/** Share of sessions without an exception; nothing where there was no session. */
export function crashFree(by?: string): string {
  const failed = count(firstErrors, by, '$__range')
  const all = count(sessionStarts, by, '$__range')
  return `1 - (${failed} or 0 * ${all}) / ${all}`
}
