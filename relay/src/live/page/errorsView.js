import { element, setText } from './element.js'
import { formatAge, formatCount } from './format.js'
import { bucketCount, bucketMs, maxSessions, sparkOf } from './groups.js'
import { sparkline } from './sparkline.js'

const span = `${(bucketMs * bucketCount) / 60_000} min`
const maxShown = 100

/** Errors by fingerprint. Rows are kept while they are drawn anew, and stay in place while someone is at them. */
export function createErrorsView(container, { groups, onOpen, onShowAll }) {
  const rows = new Map()
  const list = element('ol', { class: 'groups', 'aria-label': 'Errors by fingerprint, the most frequent first' })
  const empty = element(
    'div',
    { class: 'blank' },
    element('h2', { text: 'No errors yet' }),
    element('p', {
      text: 'Exceptions are gathered here by their fingerprint: one line for the same fault in the same place.',
    }),
  )
  container.replaceChildren(empty, list)

  return {
    draw(app) {
      const wanted = groups.list(app).slice(0, maxShown)
      empty.hidden = wanted.length > 0
      const names = new Set(wanted.map(({ name }) => name))
      for (const [name, row] of rows)
        if (!names.has(name)) {
          row.item.remove()
          rows.delete(name)
        }
      const isHeld = list.contains(document.activeElement) || list.matches(':hover')
      for (const group of wanted) {
        const row = rows.get(group.name) ?? createRow()
        if (!rows.has(group.name) || !isHeld) list.append(row.item)
        rows.set(group.name, row)
        fillRow(row, group)
      }
    },
  }

  function createRow() {
    const parts = {
      title: element('span', { class: 'title' }),
      facts: element('span', { class: 'facts' }),
      count: element('span', { class: 'times' }),
      chart: element('span', { class: 'chart' }),
    }
    const open = element('button', { type: 'button', class: 'group' }, parts.title, parts.facts)
    const all = element('button', { type: 'button', class: 'show-all', text: 'Records' })
    const row = { ...parts, open, all, item: element('li', {}, open, parts.chart, parts.count, all) }
    open.addEventListener('click', () => onOpen(row.group.record, open))
    all.addEventListener('click', () => onShowAll(row.group))
    return row
  }
}

function fillRow(row, group) {
  const nowMs = Date.now()
  row.group = group
  row.open.dataset.level = group.level
  setText(row.title, group.title)
  const sessions = group.sessions.size
  const facts = [
    group.app,
    `last ${formatAge(nowMs - group.lastMs)} ago`,
    sessions > 0 &&
      `${sessions >= maxSessions ? `${formatCount(maxSessions)} or more` : formatCount(sessions)} session${sessions === 1 ? '' : 's'}`,
    group.fingerprint,
  ]
  setText(row.facts, facts.filter(Boolean).join(' \u00b7 '))
  setText(row.count, formatCount(group.count))
  row.all.hidden = !group.fingerprint
  row.all.setAttribute('aria-label', `Records of ${group.title}`)
  const counts = sparkOf(group, nowMs)
  const drawn = counts.join()
  if (row.drawn === drawn) return
  row.drawn = drawn
  row.chart.replaceChildren(sparkline(counts, span))
}
