import type { NativeMethods } from '../web/nativeMethods.ts'

export interface DeferredSend {
  /** Takes the place of what was left there before. False where the browser takes no more, or can't do it at all. */
  add(body: string): boolean
  /** Takes all back. */
  clear(): void
}

/**
 * The relay takes a request for one of a page with a wrong clock when it comes more than a minute after it was made: in ms.
 */
const activateAfterMs = 50_000

/**
 * Leaves requests with the browser, which sends them when the page dies without a word (a renderer that crashed or was
 * killed), or after a while: https://developer.mozilla.org/docs/Web/API/Window/fetchLater.
 */
export function createDeferredSend(url: string, native: Pick<NativeMethods, 'fetchLater'>): DeferredSend {
  let left: AbortController | undefined
  return {
    add(body) {
      if (!native.fetchLater) return false
      try {
        left ??= new AbortController()
        const { signal } = left
        native.fetchLater(url, {
          method: 'POST',
          body,
          credentials: 'omit',
          referrerPolicy: 'strict-origin',
          signal,
          activateAfter: activateAfterMs,
        })
        return true
      } catch {
        // Over the origin's quota, or denied by the page's Permissions-Policy.
        return false
      }
    },
    clear() {
      left?.abort()
      left = undefined
    },
  }
}
