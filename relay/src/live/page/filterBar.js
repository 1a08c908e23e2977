import { byId, element } from './element.js'
import { formatClock, formatCount } from './format.js'
import { levels } from './record.js'

const maxSessions = 30
const maxApps = 100

/** The controls above the tail. They show what `filters` says and change it; `onChange` hears of each change. */
export function createFilterBar(filters, { onChange }) {
  const apps = new Set()
  /** By id, the one last heard of at the end. */
  const sessions = new Map()
  const form = byId('filters')
  const chip = byId('filter-fingerprint')

  byId('levels').append(
    ...levels.map(level =>
      element(
        'button',
        { type: 'button', class: 'chip', 'data-level': level, onclick: () => toggleLevel(level) },
        element('span', { text: level }),
        element('span', { class: 'count', text: '0' }),
      ),
    ),
  )
  form.addEventListener('submit', event => event.preventDefault())
  form.addEventListener('input', () => {
    for (const name of ['text', 'kind', 'app', 'session']) filters[name] = byId(`filter-${name}`).value
    onChange()
  })
  chip.addEventListener('click', () => {
    filters.fingerprint = ''
    show()
    onChange()
  })
  // Filled when somebody goes for it: at other times it would change under the hand.
  for (const type of ['pointerdown', 'focus']) byId('filter-session').addEventListener(type, offerSessions)

  return { show, offerApp, noteSession, showCounts }

  function toggleLevel(level) {
    if (!filters.levels.delete(level)) filters.levels.add(level)
    show()
    onChange()
  }

  function show() {
    for (const button of byId('levels').children)
      button.setAttribute('aria-pressed', String(filters.levels.has(button.dataset.level)))
    if (filters.app) offerApp(filters.app)
    offerSessions()
    for (const name of ['text', 'kind', 'app', 'session']) byId(`filter-${name}`).value = filters[name]
    chip.hidden = filters.fingerprint === ''
    chip.textContent = `Error ${filters.fingerprint} \u00d7`
    chip.setAttribute('aria-label', `Only the error ${filters.fingerprint}: remove this filter`)
  }

  function offerApp(name) {
    if (apps.has(name) || apps.size >= maxApps) return
    apps.add(name)
    // With one app its name in every row, and a filter of one, only take room.
    document.body.classList.toggle('one-app', apps.size === 1)
    byId('filter-app').append(element('option', { value: name, text: name }))
  }

  function noteSession({ session, timestampMs, metadata }) {
    if (!session) return
    sessions.delete(session)
    sessions.set(session, { timestampMs, browser: metadata.browser ?? '' })
    if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value)
  }

  function offerSessions() {
    const wanted = new Map([...sessions].reverse())
    if (filters.session && !wanted.has(filters.session)) wanted.set(filters.session, {})
    const select = byId('filter-session')
    const [all] = select.options
    select.replaceChildren(
      all,
      ...[...wanted].map(([id, { timestampMs, browser }]) =>
        element('option', {
          value: id,
          text: [id.slice(0, 8), browser, timestampMs && formatClock(timestampMs).slice(0, 8)]
            .filter(Boolean)
            .join(' \u00b7 '),
        }),
      ),
    )
    select.value = filters.session
  }

  function showCounts(counts) {
    for (const button of byId('levels').children)
      button.lastChild.textContent = formatCount(counts[button.dataset.level])
  }
}
