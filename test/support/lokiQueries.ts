export interface LokiEntry {
  /** Nanoseconds since the epoch, as a decimal string. */
  timestampNs: string
  line: string
  /** Stream labels and structured metadata, as Loki merges them; it adds `detected_level` of its own. */
  labels: Record<string, string>
}

export interface TimeRange {
  startMs: number
  /** Exclusive. */
  endMs: number
}

export interface LokiQueries {
  /** Every entry of the range, oldest first, however many pages it takes. */
  queryLog(tenant: string, logql: string, range: TimeRange): Promise<LokiEntry[]>
  /** `sum(count_over_time(...))`: sees copies that a log query hides. `selector` may have a pipeline. */
  queryCount(tenant: string, selector: string, range: TimeRange): Promise<number>
  /** The index labels of each stream, without structured metadata. */
  series(tenant: string, selector: string): Promise<Record<string, string>[]>
  /** Writes chunks out, which makes entries older than `query_ingesters_within` (3 h) visible. */
  flush(): Promise<void>
}

/** The most that Loki returns at once: `max_entries_limit_per_query`. Fewer where they come to more than 4 MiB. */
const maxPageEntries = 5000
const dayMs = 86_400_000

export function createLokiQueries(url: string): LokiQueries {
  return {
    async queryLog(tenant, logql, { startMs, endMs }) {
      const entries: LokiEntry[] = []
      const end = toNs(endMs)
      let limit = maxPageEntries
      for (let start = toNs(startMs); ; ) {
        const query = { query: logql, start, end, limit: String(limit), direction: 'forward' }
        const answer = await get(url, tenant, 'query_range', query).catch(error => {
          if (limit < 10 || !/larger than max/.test(String(error))) throw error
        })
        if (answer === undefined) {
          limit >>= 1
          continue
        }
        const page = streamsToEntries(answer)
        const last = page.at(-1)?.timestampNs
        if (page.length < limit || last === undefined) return [...entries, ...page]
        // A page may end amid entries of one timestamp: that one is asked for again, whole.
        if (last === start) throw new Error(`more than ${limit} entries at ${last} ns`)
        entries.push(...page.filter(entry => entry.timestampNs !== last))
        start = last
      }
    },
    async queryCount(tenant, selector, { startMs, endMs }) {
      // A range reaches back from `time`, and leaves out its very beginning.
      const query = `sum(count_over_time(${selector}[${endMs - startMs}ms]))`
      const result = await get(url, tenant, 'query', { query, time: String(BigInt(toNs(endMs)) - 1n) })
      if (!isVector(result)) throw new Error(`not a vector: ${JSON.stringify(result).slice(0, 200)}`)
      return Number(result.result[0]?.value[1] ?? 0)
    },
    async series(tenant, selector) {
      const nowMs = Date.now()
      const range = { start: toNs(nowMs - 8 * dayMs), end: toNs(nowMs + dayMs) }
      return (await get(url, tenant, 'series', { 'match[]': selector, ...range })) as Record<string, string>[]
    },
    async flush() {
      const response = await fetch(`${url}/flush`, { method: 'POST' })
      if (!response.ok) throw new Error(`POST /flush: ${response.status} ${await response.text()}`)
    },
  }
}

async function get(url: string, tenant: string, path: string, query: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${url}/loki/api/v1/${path}?${new URLSearchParams(query)}`, {
    headers: { 'X-Scope-OrgID': tenant },
    signal: AbortSignal.timeout(60_000),
  })
  const body = await response.text()
  if (!response.ok) throw new Error(`GET ${path} as ${tenant}: ${response.status} ${body.slice(0, 500)}`)
  return (JSON.parse(body) as { data: unknown }).data
}

function streamsToEntries(data: unknown): LokiEntry[] {
  const { result } = data as { result: { stream: Record<string, string>; values: [string, string][] }[] }
  return (
    result
      .flatMap(({ stream, values }) => values.map(([timestampNs, line]) => ({ timestampNs, line, labels: stream })))
      // Decimal strings of one length (until 2286) sort like their numbers.
      .sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0))
  )
}

function isVector(data: unknown): data is { result: { value: [number, string] }[] } {
  return typeof data === 'object' && data !== null && 'resultType' in data && data.resultType === 'vector'
}

function toNs(ms: number): string {
  // Fractions of a millisecond, which performance.now() and browsers give, survive to the microsecond.
  return (BigInt(Math.round(ms * 1000)) * 1000n).toString()
}
