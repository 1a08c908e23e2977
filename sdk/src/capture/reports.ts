import type { Plugin } from '../plugin.ts'
import { createFirstOfEach } from './firstOfEach.ts'
import { showPlace } from './showPlace.ts'

/** https://w3c.github.io/reporting/#interface-reporting-observer: no types of it in TypeScript. */
interface BrowserReport {
  type: string
  body: {
    id?: string
    message?: string
    reason?: string
    sourceFile?: string | null
    lineNumber?: number | null
  } | null
}
type ReportingObserverClass = new (
  callback: (reports: BrowserReport[]) => void,
  options: { types: string[]; buffered: boolean },
) => { observe(): void; disconnect(): void }

/** What the browser itself has to say of the page; violations of its policy are left to `csp`. */
export const reports: Plugin = {
  name: 'reports',
  enabled: true,
  start(host) {
    const { ReportingObserver: Observer } = globalThis as { ReportingObserver?: ReportingObserverClass }
    if (!Observer) return () => {}
    const isFirst = createFirstOfEach()
    const observer = new Observer(
      host.guard((seen: BrowserReport[]) => {
        for (const { type, body } of seen) {
          const { id, message, reason, sourceFile, lineNumber } = body ?? {}
          const source = showPlace(host, sourceFile)
          const text = message ?? reason ?? id ?? ''
          if (!isFirst(type, id ?? text, source, lineNumber)) continue
          host.record({
            kind: 'log',
            level: type === 'crash' ? 'error' : 'warn',
            message: `${type}: ${text}`,
            attributes: { type, id, source, line: lineNumber ?? undefined },
          })
        }
      }),
      { types: ['deprecation', 'intervention', 'crash'], buffered: true },
    )
    observer.observe()
    return () => observer.disconnect()
  },
}
