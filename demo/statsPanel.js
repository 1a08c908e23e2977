import { element } from './element.js'

const refreshMs = 1000

const places = {
  indexeddb: 'IndexedDB: survives closing the tab',
  memory: 'Memory: this browser gives no IndexedDB',
  none: 'Nowhere: a failed attempt loses them',
}

/** `log.stats()` for the eye. Asks once a second, and not at all while nobody can see it. */
export function createStatsPanel(log) {
  const figures = {
    created: figure('Created'),
    delivered: figure('Delivered'),
    pending: figure('Pending'),
    dropped: figure('Dropped'),
  }
  const bar = {
    delivered: element('i', { class: 'delivered' }),
    pending: element('i', { class: 'pending' }),
    dropped: element('i', { class: 'dropped' }),
  }
  const facts = {
    persistence: fact('Kept in'),
    bytes: fact('Waiting here'),
    breaker: fact('Circuit breaker'),
    lastError: fact('Last fault'),
  }
  const factList = element('dl', { class: 'facts' }, ...Object.values(facts).map(({ row }) => row))
  const sum = element('p', { class: 'sum', text: 'created = delivered + pending + dropped' })
  const said = element('p', { class: 'said', role: 'status' }, element('code', { text: 'Press something' }))
  const panel = element(
    'aside',
    { class: 'stats', 'aria-label': 'Statistics of this tab' },
    element('h2', { text: 'This tab, in numbers' }),
    element('dl', { class: 'figures' }, ...Object.values(figures).map(({ row }) => row)),
    element('div', { class: 'bar', 'aria-hidden': 'true' }, ...Object.values(bar)),
    sum,
    said,
    factList,
  )

  let timer
  const follow = () => {
    clearInterval(timer)
    if (document.hidden) return
    refresh()
    timer = setInterval(refresh, refreshMs)
  }
  document.addEventListener('visibilitychange', follow)
  follow()
  return { panel, said, refresh }

  function refresh() {
    const { created, delivered, dropped, pending, bytes, persistence, breaker, lastError } = log.stats()
    const counts = { created, delivered, pending, dropped: Object.values(dropped).reduce((all, one) => all + one, 0) }
    for (const [name, { value }] of Object.entries(figures)) value.textContent = counts[name].toLocaleString('en')
    for (const [name, part] of Object.entries(bar)) part.style.flexGrow = String(counts[name])
    const isWhole = counts.created === counts.delivered + counts.pending + counts.dropped
    sum.dataset.whole = String(isWhole)
    facts.persistence.value.textContent = places[persistence] ?? persistence
    facts.bytes.value.textContent = `${bytes.toLocaleString('en')} bytes`
    facts.breaker.value.textContent = breaker
    facts.lastError.value.textContent = lastError ? `${lastError.code}: ${lastError.message}` : 'none'
    for (const [reason, count] of Object.entries(dropped)) droppedFor(reason).textContent = count.toLocaleString('en')
  }

  function droppedFor(reason) {
    const name = `dropped:${reason}`
    if (!facts[name]) {
      facts[name] = fact(`Dropped: ${reason}`)
      factList.append(facts[name].row)
    }
    return facts[name].value
  }
}

function figure(label) {
  const value = element('dd', { text: '0' })
  return { value, row: element('div', { class: label.toLowerCase() }, element('dt', { text: label }), value) }
}

function fact(label) {
  const value = element('dd', { text: '-' })
  return { value, row: element('div', {}, element('dt', { text: label }), value) }
}
