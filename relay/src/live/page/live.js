import { createDetail } from './detail.js'
import { element } from './element.js'
import { emptyState } from './emptyState.js'
import { isFiltering, matches, noFilters } from './filters.js'
import { formatCount } from './format.js'
import { createList } from './list.js'
import { levels, readRecord } from './record.js'
import { followStatus, recentRefusals } from './statusBar.js'
import { createStore } from './store.js'
import { followRecords } from './stream.js'

const byId = id => document.getElementById(id)
const store = createStore()
const filters = { ...noFilters, levels: new Set(levels) }
const counts = Object.fromEntries(levels.map(level => [level, 0]))
const apps = new Set()
let paused = false
let unseen = 0
let following = false
let missed = 0
let status
let emptyShown

const detail = createDetail(byId('detail'), { onClose: closeDetail })
const list = createList(byId('rows'), {
  onSelect(record) {
    byId('split').dataset.open = ''
    detail.show(record)
  },
})

followRecords({
  onRecords,
  onState: state => {
    document.body.dataset.stream = state
  },
})
followStatus({
  onStatus(told) {
    status = told
    for (const name of Object.keys(told?.counts.byApp ?? {})) offerApp(name)
    showEmpty()
  },
})
startFilters()
startKeys()
showCounts()

function onRecords(slice) {
  const records = slice.entries.map(readRecord)
  // Before the first slice this page missed nothing: what left the ring then was never its own.
  if (following) missed += slice.missed
  following = true
  store.add(records)
  for (const record of records) {
    counts[record.level]++
    offerApp(record.app)
  }
  const matching = records.filter(record => matches(record, filters))
  if (paused) unseen += matching.length
  else list.prepend(matching)
  showCounts()
  showEmpty()
}

function startFilters() {
  byId('levels').append(
    ...levels.map(level =>
      element(
        'button',
        {
          type: 'button',
          class: 'chip',
          'data-level': level,
          'aria-pressed': 'true',
          onclick: () => toggleLevel(level),
        },
        element('span', { text: level }),
        element('span', { class: 'count', text: '0' }),
      ),
    ),
  )
  byId('filters').addEventListener('submit', event => event.preventDefault())
  byId('filters').addEventListener('input', () => {
    filters.text = byId('filter-text').value
    filters.kind = byId('filter-kind').value
    filters.app = byId('filter-app').value
    refilter()
  })
  byId('pause').addEventListener('click', togglePause)
  byId('fresh').addEventListener('click', togglePause)
  byId('clear').addEventListener('click', () => {
    store.clear()
    for (const level of levels) counts[level] = 0
    missed = 0
    closeDetail()
    refilter()
  })
}

function startKeys() {
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') closeDetail()
  })
  // In the list only: keys without a modifier get in the way of speech input elsewhere (WCAG 2.1.4).
  byId('tail').addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'p') togglePause()
    if (event.key === '/') {
      event.preventDefault()
      byId('filter-text').focus()
    }
  })
}

function toggleLevel(level) {
  if (!filters.levels.delete(level)) filters.levels.add(level)
  byId('levels')
    .querySelector(`[data-level=${level}]`)
    .setAttribute('aria-pressed', String(filters.levels.has(level)))
  refilter()
}

function togglePause() {
  paused = !paused
  byId('pause').setAttribute('aria-pressed', String(paused))
  byId('pause').textContent = paused ? 'Resume' : 'Pause'
  if (!paused) refilter()
}

function refilter() {
  unseen = 0
  list.replace(store.all().filter(record => matches(record, filters)))
  showCounts()
  showEmpty()
}

function closeDetail() {
  detail.hide()
  delete byId('split').dataset.open
  list.deselect()?.focus()
}

function offerApp(name) {
  if (apps.has(name)) return
  apps.add(name)
  // With one app its name in every row, and a filter of one, only take room.
  document.body.classList.toggle('one-app', apps.size === 1)
  byId('filter-app').append(element('option', { value: name, text: name }))
}

function showCounts() {
  for (const chip of byId('levels').children) chip.lastChild.textContent = formatCount(counts[chip.dataset.level])
  byId('fresh').hidden = unseen === 0
  byId('fresh').textContent = `${formatCount(unseen)} new \u00b7 show`
  byId('shown').textContent =
    `${formatCount(list.count())} shown \u00b7 ${formatCount(store.all().length)} kept in this page` +
    (missed > 0 ? ` \u00b7 ${formatCount(missed)} went by too quickly` : '')
}

function showEmpty() {
  const empty = byId('empty')
  empty.hidden = list.count() > 0
  if (empty.hidden) return
  const isFiltered = store.all().length > 0 && isFiltering(filters)
  const isWaiting = status?.counts.records > 0
  // Rebuilt only when it says something else: a reader may be copying a line out of it.
  const says = JSON.stringify([isFiltered, isWaiting, status?.apps, status?.publicPort, recentRefusals(status)])
  if (says === emptyShown) return
  emptyShown = says
  if (isFiltered) empty.replaceChildren(element('h2', { text: 'No record matches the filters' }))
  else if (isWaiting) empty.replaceChildren(element('h2', { text: 'Waiting for the next record' }))
  else empty.replaceChildren(...emptyState(status))
}
