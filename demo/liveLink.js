/** Marks what this tab logs, so that the live page can be asked for it. */
export function markVisit(log) {
  const visit = `visit-${Math.random().toString(36).slice(2, 8)}`
  log.setContext({ visit })
  return visit
}

/** The live page with the records of this tab, and of them those with all these words. */
export function liveLink(visit, words = '') {
  return `${document.documentElement.dataset.live}#${new URLSearchParams({ text: `${visit} ${words}`.trim() })}`
}
