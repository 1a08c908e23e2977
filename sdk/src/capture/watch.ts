import type { PluginHost } from '../plugin.ts'
import type { RequestTrace } from './traceparent.ts'

/** A request of the page that is under way. */
export interface Request extends Partial<RequestTrace> {
  method: string
  url: URL
  startMs: number
}

/** How a request ended: with a status, which is 0 where the browser keeps it to itself, or without one. */
export type Ending = number | 'network' | 'timeout' | 'abort'

/** What sees the requests of one kind tells of them here. */
export interface Watch {
  /** A request begins; undefined for one that is not watched. */
  begin(method: unknown, address: unknown): Request | undefined
  end(request: Request, ending: Ending): void
  /** What a request is to carry as its `traceparent`. */
  traceOf(request: Request): RequestTrace | undefined
  guard: PluginHost['guard']
  nowMs: PluginHost['nowMs']
}
