import { element } from './element.js'
import { asText } from './record.js'

/** Causes nest as deep as a hostile page likes; nobody reads further. */
const maxCauses = 10

/** Everything known of one record, beside the tail. */
export function createDetail(pane, { onClose }) {
  return {
    show(record) {
      pane.hidden = false
      pane.replaceChildren(
        element(
          'div',
          { class: 'detail-head', 'data-level': record.level },
          element('span', { class: 'level', text: record.level }),
          element('span', { class: 'kind', text: record.kind }),
          element('time', { text: new Date(record.timestampMs).toISOString() }),
          element('span', { class: 'spacer' }),
          copyButton(record),
          element('button', {
            type: 'button',
            class: 'close',
            'aria-label': 'Close',
            text: '\u00d7',
            onclick: onClose,
          }),
        ),
        element('p', { class: 'detail-message', text: record.message }),
        ...errorSections(record.error, record.message),
        ...section('Values', record.values),
        ...section('Attributes', record.attributes),
        ...section('Context', { ...record.context, ...record.metadata }),
        ...section('Labels', { ...record.labels, tenant: record.tenant }),
        ...section('Times', {
          event: new Date(record.timestampMs).toISOString(),
          received: `${new Date(record.receivedAtMs).toISOString()} (${afterwards(record)})`,
        }),
      )
      pane.scrollTop = 0
    },
    hide() {
      pane.hidden = true
      pane.replaceChildren()
    },
  }
}

function errorSections(error, shownAbove, depth = 0) {
  if (typeof error !== 'object' || error === null || depth > maxCauses) return []
  const { type, message, stack, cause, errors, properties } = error
  const title = `${asText(type)}: ${asText(message)}`
  return [
    element(
      'section',
      { class: 'error' },
      element('h2', { text: depth === 0 ? 'Error' : 'Caused by' }),
      title !== shownAbove && element('p', { text: title }),
      stack && element('pre', { tabindex: '0', text: asText(stack) }),
    ),
    ...section('Error properties', properties),
    ...(Array.isArray(errors)
      ? errors.slice(0, maxCauses).flatMap(one => errorSections(one, undefined, depth + 1))
      : []),
    ...errorSections(cause, undefined, depth + 1),
  ]
}

function section(title, pairs) {
  const entries = Object.entries(pairs ?? {})
  if (entries.length === 0) return []
  return [
    element(
      'section',
      {},
      element('h2', { text: title }),
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

function copyButton(record) {
  // Only pages that came over HTTPS or from this machine have a clipboard.
  if (!navigator.clipboard) return undefined
  const button = element('button', { type: 'button', text: 'Copy JSON' })
  button.addEventListener('click', async () => {
    const { app, tenant, timestampMs, receivedAtMs, labels, metadata, line } = record
    const text = JSON.stringify({ app, tenant, timestampMs, receivedAtMs, labels, metadata, line }, null, 2)
    button.textContent = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed',
    )
  })
  return button
}

function pretty(value) {
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : asText(value)
}

function afterwards({ timestampMs, receivedAtMs }) {
  const ms = Math.round(receivedAtMs - timestampMs)
  if (ms < 0) return `${-ms} ms before`
  return ms < 10_000 ? `${ms} ms later` : `${Math.round(ms / 1000)} s later`
}
