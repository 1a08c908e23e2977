import { listen } from './listen.ts'

export interface PageExitHandlers {
  /** The page is being hidden, frozen or left, perhaps for good. May be called several times in a row. */
  exit(): void
  /** It is visible or running again. */
  resume(): void
}

/**
 * Watches for the last moment to save something.
 *
 * On mobile `visibilitychange` is often the only one that comes; on a navigation `pagehide` comes before it
 * (https://github.com/getsentry/sentry-javascript/issues/23779), and Safari before 14.1 sends only `pagehide`.
 * Never `unload` or `beforeunload`: they cost the page its place in the back/forward cache (https://web.dev/articles/bfcache).
 */
export function startPageExit({ exit, resume }: PageExitHandlers): () => void {
  const { document: page } = globalThis
  if (!page) return () => {}
  const stops = [
    listen(page, ['visibilitychange'], () => (page.visibilityState === 'hidden' ? exit() : resume())),
    listen(page, ['freeze'], exit),
    listen(page, ['resume'], resume),
    listen(globalThis, ['pagehide'], exit),
    listen(globalThis, ['pageshow'], ({ persisted }: PageTransitionEvent) => persisted && resume()),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
