import { byId, element, setText } from './element.js'
import { isFiltering } from './filters.js'
import { formatAge, formatCount } from './format.js'
import { describeHealth } from './health.js'
import { hintOf, recentRefusals } from './refusals.js'
import { relayUrl } from './relayUrl.js'
import { describeSteps } from './steps.js'
import { refusalView, stepsView } from './stepsView.js'

/** What `/live/status` says, in the frame of the page: the one line, what needs somebody, and the figures at the foot. */
export function showStatus(status) {
  const { tone, title, detail } = describeHealth(status)
  byId('health').dataset.tone = tone
  setText(byId('health-title'), title)
  const spool = status?.spool
  const waiting = spool?.records
    ? `${formatCount(spool.records)} waiting, oldest ${formatAge(spool.oldestAgeMs)}`
    : 'none waiting'
  setText(
    byId('figures'),
    status ? `${formatCount(status.counts.records)} arrived \u00b7 ${spool ? waiting : 'spool unknown'}` : '',
  )
  // Before the first record the steps in the tail tell of them.
  const refusals = status?.counts.records > 0 ? recentRefusals(status) : []
  const notices = byId('notices')
  const says = JSON.stringify([detail, refusals])
  if (notices.dataset.says === says) return
  notices.dataset.says = says
  notices.hidden = !detail && refusals.length === 0
  notices.dataset.tone = tone
  notices.replaceChildren(
    ...(detail ? [element('p', { text: detail })] : []),
    ...refusals.slice(0, 3).map(one => refusalView({ ...one, hint: hintOf(one, status.apps) })),
  )
}

/** In place of records: why there are none, and for a newcomer the steps to the first one. */
export function showEmpty({ isShown, kept, filters, status }) {
  const empty = byId('empty')
  empty.hidden = !isShown
  if (!isShown) return
  const isFiltered = kept > 0 && isFiltering(filters)
  const isWaiting = status?.counts.records > 0
  const steps = describeSteps(status, relayUrl(status))
  // Drawn anew only when it says something else: a reader may be copying a line out of it.
  const says = JSON.stringify([isFiltered, isWaiting, steps])
  if (says === empty.dataset.says) return
  empty.dataset.says = says
  if (isFiltered) empty.replaceChildren(element('h2', { text: 'No record matches the filters' }))
  else if (isWaiting) empty.replaceChildren(element('h2', { text: 'Waiting for the next record' }))
  else
    empty.replaceChildren(
      element('h2', { text: 'Is it working?' }),
      element('p', { text: 'The way of the first record, step by step. This page follows along.' }),
      stepsView(steps),
    )
}
