import { copyButton } from './copyButton.js'
import { element } from './element.js'
import { errorSections } from './errorSections.js'
import { formatClock, isoTime } from './format.js'
import { asObject, asText } from './record.js'

const maxBreadcrumbs = 100

/** Everything known of one record, beside the tail. */
export function createDetail(pane, { onClose, onFilter, addressOf }) {
  return {
    show(record) {
      pane.hidden = false
      pane.replaceChildren(
        element(
          'div',
          { class: 'detail-head', 'data-level': record.level },
          element('span', { class: 'level', text: record.level }),
          element('span', { class: 'kind', text: record.kind }),
          element('time', { text: isoTime(record.timestampMs), datetime: isoTime(record.timestampMs) }),
          element('span', { class: 'spacer' }),
          element('button', {
            type: 'button',
            class: 'close',
            'aria-label': 'Close',
            text: '\u00d7',
            onclick: onClose,
          }),
        ),
        element('h2', { class: 'detail-message', text: record.message }),
        element('div', { class: 'actions' }, ...actions(record)),
        ...errorSections(record.error, record.message),
        ...breadcrumbs(record),
        ...section('Values', record.values),
        ...section('Attributes', record.attributes),
        ...section('Context', { ...record.context, ...record.metadata }),
        ...section('Labels', { ...record.labels, tenant: record.tenant }),
        ...section('Times', {
          event: isoTime(record.timestampMs),
          received: `${isoTime(record.receivedAtMs)} (${afterwards(record)})`,
        }),
      )
      pane.scrollTop = 0
    },
    hide() {
      pane.hidden = true
      pane.replaceChildren()
    },
  }

  function actions(record) {
    const { session, fingerprint, app, tenant, timestampMs, receivedAtMs, labels, metadata, line } = record
    const narrow = (text, filter) => element('button', { type: 'button', text, onclick: () => onFilter(filter) })
    const whole = { app, tenant, timestampMs, receivedAtMs, labels, metadata, line }
    return [
      session && narrow('Only this session', { session }),
      fingerprint && narrow('Equal errors', { fingerprint }),
      metadata.record_id && copyButton('Copy link', () => addressOf(metadata.record_id)),
      copyButton('Copy JSON', () => JSON.stringify(whole, null, 2)),
    ]
  }
}

export function section(title, pairs) {
  const entries = Object.entries(pairs ?? {})
  if (entries.length === 0) return []
  return [
    element(
      'section',
      {},
      element('h3', { text: title }),
      element(
        'dl',
        { class: 'pairs' },
        ...entries.map(([key, value]) =>
          element('div', {}, element('dt', { text: key }), element('dd', { text: pretty(value) })),
        ),
      ),
    ),
  ]
}

/** What led to an exception, the newest first, as the error is what one comes from. */
function breadcrumbs({ breadcrumbs: trail }) {
  if (trail.length === 0) return []
  return [
    element(
      'section',
      {},
      element('h3', { text: 'What came before' }),
      element(
        'ol',
        { class: 'trail' },
        ...trail
          .slice(-maxBreadcrumbs)
          .reverse()
          .map(asObject)
          .map(({ t, category, message, data }) =>
            element(
              'li',
              {},
              element('time', { text: formatClock(t) }),
              element('span', { class: 'kind', text: asText(category) }),
              element('span', { class: 'what', text: `${asText(message)} ${data ? asText(data) : ''}`.trim() }),
            ),
          ),
      ),
    ),
  ]
}

function pretty(value) {
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : asText(value)
}

function afterwards({ timestampMs, receivedAtMs }) {
  const ms = Math.round(receivedAtMs - timestampMs)
  if (ms < 0) return `${-ms} ms before`
  return ms < 10_000 ? `${ms} ms later` : `${Math.round(ms / 1000)} s later`
}
