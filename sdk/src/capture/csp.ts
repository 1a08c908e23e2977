import type { Plugin } from '../plugin.ts'
import { listen } from '../web/listen.ts'
import { createFirstOfEach } from './firstOfEach.ts'
import { showPlace } from './showPlace.ts'

/** What the page's Content-Security-Policy forbids: each directive and blocked address once, and so many a page. */
export const csp: Plugin = {
  name: 'csp',
  enabled: true,
  start(host) {
    const isFirst = createFirstOfEach()
    return listen(
      document,
      ['securitypolicyviolation'],
      host.guard((event: SecurityPolicyViolationEvent) => {
        const { blockedURI, sourceFile, lineNumber, disposition } = event
        const directive = event.effectiveDirective || event.violatedDirective
        // A record of a request of ours would be the reason for the next.
        if (/:\/\//.test(blockedURI) && host.isOwnRequest(blockedURI)) return
        const blocked = showPlace(host, blockedURI)
        if (!isFirst(directive, blocked)) return
        host.record({
          kind: 'log',
          level: 'warn',
          message: `csp violation ${directive}`,
          attributes: {
            directive,
            blocked,
            source: showPlace(host, sourceFile),
            line: lineNumber || undefined,
            disposition,
          },
        })
      }),
    )
  },
}
