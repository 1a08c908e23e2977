import type { Plugin } from '../plugin.ts'
import { listen } from '../web/listen.ts'

/** When the browser goes offline and online, as far as it knows: `navigator.onLine` says of some networks that they work. */
export const connectivity: Plugin = {
  name: 'connectivity',
  enabled: true,
  start(host) {
    let offlineSinceMs = navigator.onLine === false ? host.nowMs() : undefined
    return listen(
      globalThis.window,
      ['offline', 'online'],
      host.guard(({ type }: Event) => {
        const nowMs = host.nowMs()
        const offlineMs =
          type === 'online' && offlineSinceMs !== undefined ? Math.round(nowMs - offlineSinceMs) : undefined
        offlineSinceMs = type === 'offline' ? nowMs : undefined
        host.record({
          kind: 'event',
          level: 'info',
          message: type,
          attributes: offlineMs === undefined ? undefined : { offlineMs },
        })
        host.breadcrumb({ category: 'connectivity', message: type })
      }),
    )
  },
}
