import { byId, element } from './element.js'
import { formatAge, formatBytes, formatCount } from './format.js'
import { hintOf, recentRefusals } from './refusals.js'
import { relayUrl } from './relayUrl.js'
import { describeSteps } from './steps.js'
import { refusalView, stepsView } from './stepsView.js'

const dropWords = {
  invalid_json: 'not JSON',
  invalid_record: 'no record',
  too_large: 'too large',
  too_deep: 'nested too deep',
  quarantined: 'refused by Loki, in quarantine',
  expired: 'waited longer than spool.maxAge',
  damaged: 'damaged on the disk of the relay',
  buffer_overflow: 'no room left on the device',
  too_old: 'too old on the device',
  refused: 'refused by the relay',
  before_send: 'by beforeSend',
  filtered: 'by a filter of the page',
  repeated: 'equal ones, counted in another record',
  rate_limited: 'over a limit of the page',
  sample_rate: 'not sampled',
  consent: 'no consent',
  internal_error: 'a fault of the SDK',
  other: 'other',
}

/** Everything that `/live/status` tells, drawn anew only where it says something else: a reader may be copying from it. */
export function createRelayView() {
  const shown = new Map()

  return status => {
    part('steps', describeSteps(status, relayUrl(status)), steps => [stepsView(steps)])
    part('spool', status?.spool && { ...status.spool, oldestAgeMs: formatAge(status.spool.oldestAgeMs) }, spoolFigures)
    part('outcomes', status && [status.outcomes, status.spool?.records], equation)
    part('drops', status && [status.outcomes.rejected, status.outcomes.clientDropped], dropTables)
    part(
      'lanes',
      status && [status.mode, status.laneCount, status.lanes.map(lane => laneCells(lane, status.nowMs))],
      laneTable,
    )
    part('refused', status && recentRefusals(status), refusals =>
      refusals.length === 0
        ? [element('p', { class: 'quiet', text: 'Nobody was turned away in the last ten minutes.' })]
        : refusals.slice(0, 20).map(one => refusalView({ ...one, hint: hintOf(one, status.apps) })),
    )
  }

  function part(name, told, draw) {
    const says = JSON.stringify(told)
    if (shown.get(name) === says) return
    shown.set(name, says)
    byId(`relay-${name}`).replaceChildren(
      ...(told ? draw(told) : [element('p', { class: 'quiet', text: 'Not known.' })]),
    )
  }
}

function spoolFigures({ records, bytes, oldestAgeMs, quarantinedRecords, writable, full }) {
  return [
    figures([
      ['Waiting', formatCount(records)],
      ['Oldest', records > 0 ? oldestAgeMs : '-'],
      ['On disk', formatBytes(bytes)],
      ['Quarantined', formatCount(quarantinedRecords), quarantinedRecords > 0 && 'wait'],
      [
        'Takes more',
        writable ? 'yes' : full?.bound === 'disk' ? 'no, the disk is full' : 'no, full',
        !writable && 'bad',
      ],
    ]),
  ]
}

/** received = stored + duplicate + rejected + pending */
function equation([{ received, found, retried, stored, duplicate, rejected }, pending]) {
  const terms = [
    ['received', received + found + retried],
    ['stored', stored],
    ['duplicate', duplicate],
    ['rejected', sum(rejected)],
    ['pending', pending],
  ]
  return [
    element(
      'p',
      { class: 'equation' },
      ...terms.flatMap(([name, count], index) => [
        index > 0 && element('span', { class: 'sign', text: index === 1 ? ' = ' : ' + ' }),
        element(
          'span',
          { class: 'term' },
          element('b', { text: count === undefined ? '?' : formatCount(count) }),
          ` ${name}`,
        ),
      ]),
    ),
  ]
}

function dropTables([rejected, clientDropped]) {
  const rows = [
    ...named(rejected).map(([reason, count]) => ['the relay', reason, count]),
    ...named(clientDropped).map(([reason, count]) => ['a page', reason, count]),
  ]
  if (rows.length === 0) return [element('p', { class: 'quiet', text: 'No record was dropped, here or in a page.' })]
  return [
    table(
      ['By', 'Reason', 'Records'],
      rows.map(([by, reason, count]) => [by, dropWords[reason] ?? reason, formatCount(count)]),
    ),
  ]
}

function laneCells({ lane, state, breaker, reason, sinceMs }, nowMs) {
  const space = lane.indexOf(' ')
  return [lane.slice(0, space), lane.slice(space + 1), state, breaker ?? '-', formatAge(nowMs - sinceMs), reason ?? '']
}

function laneTable([mode, count, lanes]) {
  if (lanes.length === 0)
    return [
      element('p', {
        class: 'quiet',
        text:
          mode === 'standalone'
            ? 'There is no Loki to ship to.'
            : 'Nothing is on its way: each lane is there only while it has records.',
      }),
    ]
  return [
    table(['Tenant', 'Stream', 'State', 'Breaker', 'Since', 'Why'], lanes, ([, , state]) => state),
    count > lanes.length && element('p', { class: 'quiet', text: `and ${formatCount(count - lanes.length)} more` }),
  ].filter(Boolean)
}

function table(heads, rows, stateOf) {
  return element(
    'div',
    { class: 'table', tabindex: '0', role: 'group', 'aria-label': heads.join(', ') },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...heads.map(text => element('th', { scope: 'col', text })))),
      element(
        'tbody',
        {},
        ...rows.map(cells =>
          element('tr', { 'data-state': stateOf?.(cells) }, ...cells.map(text => element('td', { text }))),
        ),
      ),
    ),
  )
}

function figures(pairs) {
  return element(
    'dl',
    { class: 'figures' },
    ...pairs.map(([name, value, tone]) =>
      element('div', { 'data-tone': tone || undefined }, element('dt', { text: name }), element('dd', { text: value })),
    ),
  )
}

function named(counts) {
  return Object.entries(counts).filter(([, count]) => count > 0)
}

function sum(counts) {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}
