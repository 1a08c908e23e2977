import type { Config } from '../config.ts'
import type { HookFault } from '../hookFault.ts'
import type { WireRecord } from '../wire.ts'

export type Trace = Pick<WireRecord, 'trace' | 'span'>

/** Gives the running trace, at the time of the call; never throws. */
export type ReadTrace = () => Trace | undefined

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values: all zeros are no id. */
const traceId = /^(?!0+$)[0-9a-f]{32}$/
const spanId = /^(?!0+$)[0-9a-f]{16}$/

/** The running trace as the host tells it, behind a guard: a record goes on without, where it throws or has none. */
export function createTraceReader(
  getTraceContext: NonNullable<Config['getTraceContext']>,
  hookFault: HookFault,
): ReadTrace {
  let isReading = false
  const onFault = hookFault('getTraceContext', 'records go without')
  return () => {
    // One that logs asks for the trace of its own record.
    if (isReading) return undefined
    isReading = true
    try {
      const given = getTraceContext()
      const trace = String(given?.traceId).toLowerCase()
      const span = String(given?.spanId).toLowerCase()
      return traceId.test(trace) ? { trace, span: spanId.test(span) ? span : undefined } : undefined
    } catch (cause) {
      onFault(cause)
      return undefined
    } finally {
      isReading = false
    }
  }
}
