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
 * The capture phase, so that a handler of the page which stops the event doesn't stop us.
 */
export function startPageExit({ exit, resume }: PageExitHandlers): () => void {
  const { document: page } = globalThis
  if (!page) return () => {}
  const listeners: [EventTarget, string, (event: Event) => void][] = [
    [page, 'visibilitychange', () => (page.visibilityState === 'hidden' ? exit() : resume())],
    [globalThis, 'pagehide', exit],
    [page, 'freeze', exit],
    [globalThis, 'pageshow', event => (event as PageTransitionEvent).persisted && resume()],
    [page, 'resume', resume],
  ]
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener, true)
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener, true)
  }
}
