import { element, setText } from './element.js'
import { formatCount, formatValue } from './format.js'

const ratings = { good: 'good', fair: 'needs improvement', poor: 'poor' }

/** Web vitals as gauges: the 75th percentile of what came while the page was open, on the zones that the field has agreed on. */
export function createVitalsView(container, { vitals, names }) {
  const gauges = new Map(names.map(vital => [vital.name, createGauge(vital)]))
  const others = element('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': 'Other measurements' })
  const othersPart = element(
    'section',
    { 'aria-label': 'Other measurements' },
    element('h2', { text: 'Other measurements' }),
    others,
  )
  let drawnOthers = ''
  container.replaceChildren(
    element('p', {
      class: 'quiet',
      text: 'The 75th percentile of the page views that were measured while this page was open. Most are told when a page is hidden or left.',
    }),
    element('div', { class: 'gauges' }, ...[...gauges.values()].map(({ card }) => card)),
    othersPart,
  )

  return {
    draw(app) {
      for (const vital of vitals.vitals(app)) fillGauge(gauges.get(vital.name), vital)
      const rows = vitals.others(app)
      othersPart.hidden = rows.length === 0
      const says = JSON.stringify(rows)
      if (says === drawnOthers) return
      drawnOthers = says
      others.replaceChildren(othersTable(rows))
    },
  }
}

function createGauge({ name, title, good, poor, unit }) {
  const most = poor * 1.6
  const parts = {
    most,
    value: element('strong', { class: 'value', text: '-' }),
    rating: element('span', { class: 'rating', text: 'no data yet' }),
    marker: element('i', { class: 'marker', hidden: true }),
    facts: element('p', {
      class: 'quiet',
      text: `good to ${formatValue(good, unit)}, poor from ${formatValue(poor, unit)}`,
    }),
    shares: element('p', { class: 'shares' }),
  }
  const zones = [
    ['good', good],
    ['fair', poor - good],
    ['poor', most - poor],
  ].map(([zone, width]) => {
    const part = element('i', { class: zone })
    part.style.flexGrow = String(width / most)
    return part
  })
  const card = element(
    'section',
    { class: 'gauge', 'data-vital': name, 'aria-label': title },
    element('h2', {}, name.toUpperCase(), ' ', element('small', { text: title })),
    element('p', { class: 'reading' }, parts.value, ' ', parts.rating),
    element('div', { class: 'scale', 'aria-hidden': 'true' }, ...zones, parts.marker),
    parts.shares,
    parts.facts,
  )
  return { ...parts, card }
}

function fillGauge(gauge, { count, p75, rating, good, fair, poor, unit }) {
  gauge.card.dataset.rating = rating ?? ''
  setText(gauge.value, formatValue(p75, unit))
  setText(gauge.rating, rating ? ratings[rating] : 'no data yet')
  gauge.marker.hidden = p75 === undefined
  if (p75 !== undefined) gauge.marker.style.left = `${Math.min(100, Math.max(0, (p75 / gauge.most) * 100))}%`
  const views = `${formatCount(count)} ${count === 1 ? 'view' : 'views'}`
  setText(gauge.shares, count === 0 ? '' : `${views}: ${good} good, ${fair} fair, ${poor} poor`)
}

function othersTable(rows) {
  const heads = ['Name', 'Count', 'Median', '75th percentile', 'Last']
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...heads.map(text => element('th', { scope: 'col', text })))),
    element(
      'tbody',
      {},
      ...rows.map(({ name, count, p50, p75, last }) =>
        element(
          'tr',
          {},
          ...[name, formatCount(count), formatValue(p50), formatValue(p75), formatValue(last)].map(text =>
            element('td', { text }),
          ),
        ),
      ),
    ),
  )
}
