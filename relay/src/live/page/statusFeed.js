const pollMs = 2000
const timeoutMs = 5000

/** Asks `/live/status` while the page is visible; `undefined` where there is no answer. */
export function followStatus(onStatus) {
  let timer

  async function ask() {
    const status = await fetch('status', { signal: AbortSignal.timeout(timeoutMs) })
      .then(response => (response.ok ? response.json() : undefined))
      .catch(() => undefined)
    onStatus(status)
    clearTimeout(timer)
    if (!document.hidden) timer = setTimeout(ask, pollMs)
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (!document.hidden) ask()
  })
  ask()
}
