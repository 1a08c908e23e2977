import type { Plugin } from '../plugin.ts'
import { listen } from '../web/listen.ts'

/** When the page is hidden and shown again, and for how long it was the other. */
export const visibility: Plugin = {
  name: 'visibility',
  enabled: false,
  start(host) {
    let isHidden = document.visibilityState === 'hidden'
    let sinceMs = host.nowMs()
    // On the window, so that it comes before the last records are sent.
    return listen(
      globalThis.window,
      ['visibilitychange'],
      host.guard(() => {
        if (isHidden === (document.visibilityState === 'hidden')) return
        isHidden = !isHidden
        const nowMs = host.nowMs()
        const lastedMs = Math.round(nowMs - sinceMs)
        sinceMs = nowMs
        host.record({
          kind: 'event',
          level: 'info',
          message: isHidden ? 'page_hidden' : 'page_visible',
          attributes: isHidden ? { visibleMs: lastedMs } : { hiddenMs: lastedMs },
        })
      }),
    )
  },
}
