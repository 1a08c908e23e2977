import { byId, element, setText } from './element.js'
import { isFiltering } from './filters.js'
import { formatAge, formatCount } from './format.js'
import { describeHealth } from './health.js'
import { recentRefusals } from './refusals.js'
import { relayUrl } from './relayUrl.js'
import { describeSteps } from './steps.js'
import { stepsView } from './stepsView.js'

const maxNotices = 2

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
  notices.dataset.tone = tone
  notices.replaceChildren(
    ...(detail ? [element('p', { text: detail })] : []),
    ...refusals.slice(0, maxNotices).map(refusalLine),
    ...(refusals.length > maxNotices ? [element('p', { text: `and ${refusals.length - maxNotices} more` })] : []),
  )
}

function refusalLine({ code, origin, times }) {
  return element(
    'p',
    {},
    element('strong', { text: origin ?? 'A caller without an origin' }),
    ` was refused${times === 1 ? '' : ` ${formatCount(times)} times`}: `,
    element('code', { text: code }),
    ' ',
    element('a', { href: '#view=relay', text: 'What to do' }),
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
