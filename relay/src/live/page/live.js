import { readAddress, views, writeAddress } from './address.js'
import { createDetail } from './detail.js'
import { byId, setText } from './element.js'
import { createErrorsView } from './errorsView.js'
import { createFilterBar } from './filterBar.js'
import { matches, noFilters } from './filters.js'
import { formatCount } from './format.js'
import { createGroups } from './groups.js'
import { createList } from './list.js'
import { levels, readRecord } from './record.js'
import { createRelayView } from './relayView.js'
import { showEmpty, showStatus } from './statusBar.js'
import { followStatus } from './statusFeed.js'
import { createStore } from './store.js'
import { followRecords } from './stream.js'
import { createVitals, vitals as vitalNames } from './vitals.js'
import { createVitalsView } from './vitalsView.js'

const redrawMs = 1000
/** Rows are drawn together, however many come meanwhile: a flood then costs what one can see. */
const gatherMs = 30

const store = createStore()
const groups = createGroups()
const vitals = createVitals()
const state = readAddress(location.hash)
const filters = state.filters
const counts = Object.fromEntries(levels.map(level => [level, 0]))
/** Arrived, and not drawn yet. */
let fresh = []
let paused = false
let unseen = 0
let missed = 0
let epoch
let status
/** What had the focus before the detail was opened. */
let opener

const bar = createFilterBar(filters, { onChange: refilter })
const list = createList(byId('rows'), { onSelect: record => openDetail(record) })
const detail = createDetail(byId('detail'), {
  onClose: closeDetail,
  onFilter: only => navigate({ view: 'records', filters: { ...noFilters(), ...only } }),
  addressOf: record =>
    location.href.replace(/#.*/, '') + writeAddress({ view: 'records', filters: noFilters(), record }),
})
const errorsView = createErrorsView(byId('view-errors'), {
  groups,
  onOpen: openDetail,
  onShowAll: ({ fingerprint }) => navigate({ view: 'records', filters: { ...noFilters(), fingerprint } }),
})
const vitalsView = createVitalsView(byId('view-vitals'), { vitals, names: vitalNames })
const drawRelay = createRelayView()

window.addEventListener('hashchange', () => navigate(readAddress(location.hash)))
byId('pause').addEventListener('click', togglePause)
byId('fresh').addEventListener('click', togglePause)
byId('clear').addEventListener('click', clear)
document.addEventListener('keydown', onKey)
setInterval(drawCurrent, redrawMs)
navigate(state)
followRecords(onRecords)
followStatus(told => {
  status = told
  if (told) noticeEpoch(told.epoch)
  for (const name of Object.keys(told?.counts.byApp ?? {})) bar.offerApp(name)
  showStatus(told)
  if (state.view === 'relay') drawRelay(told)
  showTail()
})

function onRecords(slice, from) {
  const isFirst = epoch === undefined
  noticeEpoch(from)
  const records = slice.entries.map(readRecord)
  // Before the first slice this page missed nothing: what left the ring then was never its own.
  if (!isFirst) missed += slice.missed
  store.add(records)
  for (const record of records) {
    counts[record.level]++
    bar.offerApp(record.app)
    bar.noteSession(record)
    groups.add(record)
    vitals.add(record)
  }
  drawSoon(records)
}

function drawSoon(records) {
  if (fresh.length === 0) setTimeout(drawFresh, gatherMs)
  fresh = fresh.concat(records)
}

function drawFresh() {
  const matching = fresh.filter(record => matches(record, filters))
  fresh = []
  if (paused) unseen += matching.filter(({ marker }) => !marker).length
  else list.prepend(matching)
  openAsked()
  showTail()
}

/** What came before a restart stays here, though the relay has forgotten it. */
function noticeEpoch(now) {
  if (now === epoch) return
  if (epoch !== undefined) {
    drawSoon([store.mark('The relay was restarted', Date.now())])
  }
  epoch = now
}

/** To a view and its filters; the address follows, so that it can be kept or sent. */
function navigate(wanted) {
  Object.assign(filters, wanted.filters)
  state.view = wanted.view
  state.record = wanted.record ?? ''
  for (const view of views) byId(`view-${view}`).hidden = view !== state.view
  for (const link of byId('views').children)
    if (link.dataset.view === state.view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  document.body.dataset.view = state.view
  closeDetail()
  bar.show()
  refilter()
  drawCurrent()
  openAsked()
}

function refilter() {
  // The levels are a set that the bar changes in place; what is shown is always what the address says.
  history.replaceState(null, '', location.pathname + location.search + writeAddress(state))
  for (const link of byId('views').children)
    link.href = writeAddress({ ...state, view: link.dataset.view, record: '' }) || '#view=records'
  unseen = 0
  fresh = []
  list.replace(store.all().filter(record => matches(record, filters)))
  showTail()
}

function drawCurrent() {
  if (state.view === 'errors') errorsView.draw(filters.app)
  if (state.view === 'vitals') vitalsView.draw(filters.app)
  if (state.view === 'relay') drawRelay(status)
  const errors = groups.list().length
  setText(byId('errors-count'), errors > 0 ? formatCount(errors) : '')
}

/** The record that the address names, once it is here. */
function openAsked() {
  if (!state.record) return
  const asked = store.all().find(({ metadata }) => metadata?.record_id === state.record)
  if (asked && list.open(asked)) state.record = ''
}

function openDetail(record, from) {
  opener = from
  byId('split').dataset.open = ''
  detail.show(record)
}

function closeDetail() {
  if (byId('detail').hidden) return
  detail.hide()
  delete byId('split').dataset.open
  const row = list.deselect() ?? opener
  row?.focus()
}

function togglePause() {
  paused = !paused
  byId('pause').setAttribute('aria-pressed', String(paused))
  byId('pause').textContent = paused ? 'Resume' : 'Pause'
  if (!paused) refilter()
}

function clear() {
  store.clear()
  groups.clear()
  vitals.clear()
  for (const level of levels) counts[level] = 0
  missed = 0
  closeDetail()
  refilter()
}

function onKey(event) {
  if (event.key === 'Escape') closeDetail()
  // In the list only: keys without a modifier get in the way of speech input elsewhere (WCAG 2.1.4).
  if (event.ctrlKey || event.metaKey || event.altKey || !byId('tail').contains(event.target)) return
  if (event.key === 'p') togglePause()
  if (event.key !== '/') return
  event.preventDefault()
  byId('filter-text').focus()
}

function showTail() {
  bar.showCounts(counts)
  byId('fresh').hidden = unseen === 0
  byId('fresh').textContent = `${formatCount(unseen)} new \u00b7 show`
  const kept = store.count()
  setText(
    byId('shown'),
    `${formatCount(list.count())} shown \u00b7 ${formatCount(kept)} kept in this page${
      missed > 0 ? ` \u00b7 ${formatCount(missed)} went by too quickly` : ''
    }`,
  )
  showEmpty({ isShown: list.count() === 0, kept, filters, status })
}
