import { element } from './element.js'
import { formatAge, formatBytes, formatCount } from './format.js'
import { describeHealth } from './health.js'

const pollMs = 2000
const timeoutMs = 5000
/** A refusal older than this is history: the configuration may have been mended since. */
const freshRefusalMs = 10 * 60_000

const refusalHints = {
  origin_not_allowed: 'This origin is not allowed: add it to the origins of the app (RELAY_ORIGINS).',
  unknown_key: 'No app has this key: compare it with the keys of the app (RELAY_KEY).',
  token_required: 'The app demands a token and the page sent none: give init() a getToken.',
  token_invalid: 'The token was not accepted: compare its secret, audience and life with the configuration of the app.',
  rate_limited: 'Over the limits of the app: its records wait in the browsers.',
}

/** Asks `/live/status` while the page is visible, and shows what it says in the header. */
export function followStatus({ onStatus }) {
  let timer

  async function ask() {
    const status = await fetch('status', { signal: AbortSignal.timeout(timeoutMs) })
      .then(response => (response.ok ? response.json() : undefined))
      .catch(() => undefined)
    show(status)
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

export function recentRefusals(status) {
  return (status?.refusals ?? []).filter(refusal => status.nowMs - refusal.lastAtMs < freshRefusalMs)
}

/** One refused caller in words, with what to do. */
export function refusalNotice({ code, origin, key, times }) {
  return element(
    'p',
    { class: 'notice' },
    element('strong', { text: origin ?? 'A caller without an origin' }),
    ` was refused ${times === 1 ? 'once' : `${formatCount(times)} times`} `,
    element('code', { text: key ? `${code} ${key}` : code }),
    refusalHints[code] ? ` ${refusalHints[code]}` : '',
  )
}

function show(status) {
  const { tone, title, detail } = describeHealth(status)
  const health = byId('health')
  health.dataset.tone = tone
  // Set only when changed: a screen reader would read the same words every two seconds.
  setText(byId('health-title'), title)
  setText(byId('health-detail'), detail)
  const spool = status?.spool
  setText(byId('figure-waiting'), spool ? formatCount(spool.records) : '-')
  setText(byId('figure-bytes'), spool ? formatBytes(spool.bytes) : '-')
  setText(byId('figure-oldest'), spool?.records ? formatAge(spool.oldestAgeMs) : '-')
  setText(byId('figure-arrived'), status ? formatCount(status.counts.records) : '-')
  const refusals = recentRefusals(status)
  const notices = byId('notices')
  // Before the first record the empty state tells of them.
  notices.hidden = refusals.length === 0 || status.counts.records === 0
  const says = JSON.stringify(refusals)
  if (notices.dataset.says === says) return
  notices.dataset.says = says
  notices.replaceChildren(...refusals.slice(0, 3).map(refusalNotice))
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function byId(id) {
  return document.getElementById(id)
}
