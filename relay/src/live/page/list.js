import { element } from './element.js'

/** More rows than these make the page slow; the filters reach the rest of what it holds. */
const maxRows = 500
/** What a row shows of a message; the rest is in the detail. */
const maxMessageChars = 400

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

/** The tail: newest first, a bounded number of rows, walked with the arrow keys. */
export function createList(rows, { onSelect }) {
  let selected

  rows.addEventListener('click', event => {
    const button = event.target.closest('button')
    if (button) select(button)
  })
  rows.addEventListener('keydown', event => {
    const from = event.target.closest('li')
    const to =
      from &&
      { ArrowDown: from.nextSibling, ArrowUp: from.previousSibling, Home: rows.firstChild, End: rows.lastChild }[
        event.key
      ]
    if (!to) return
    event.preventDefault()
    const button = to.firstChild
    makeTabStop(button)
    button.focus()
    if (selected) select(button)
  })

  function select(button) {
    rows.querySelector('[aria-current]')?.removeAttribute('aria-current')
    button.setAttribute('aria-current', 'true')
    selected = button.record
    makeTabStop(button)
    onSelect(button.record)
  }

  /** One row only is in the tab order: five hundred stops would bar the way to what follows. */
  function makeTabStop(button) {
    rows.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1')
    button.setAttribute('tabindex', '0')
  }

  function trim() {
    while (rows.childElementCount > maxRows) {
      const last = rows.lastChild
      const hadFocus = last.contains(document.activeElement)
      last.remove()
      if (hadFocus) rows.lastChild.firstChild.focus()
    }
    if (rows.firstChild && !rows.querySelector('[tabindex="0"]')) makeTabStop(rows.firstChild.firstChild)
  }

  return {
    /** Adds records, given oldest first, on top. */
    prepend(records) {
      const fragment = document.createDocumentFragment()
      for (const record of records.slice(-maxRows).reverse()) fragment.append(rowOf(record, record === selected))
      rows.prepend(fragment)
      trim()
    },
    replace(records) {
      rows.replaceChildren()
      this.prepend(records)
    },
    deselect() {
      const current = rows.querySelector('[aria-current]')
      current?.removeAttribute('aria-current')
      selected = undefined
      return current
    },
    count: () => rows.childElementCount,
  }
}

function rowOf(record, isSelected) {
  const button = element(
    'button',
    {
      type: 'button',
      class: 'row',
      tabindex: '-1',
      'data-level': record.level,
      'aria-current': isSelected ? 'true' : undefined,
    },
    element('time', { text: clock.format(record.timestampMs), datetime: isoTime(record.timestampMs) }),
    element('span', { class: 'level', text: record.level }),
    element('span', { class: 'app', text: record.app }),
    element(
      'span',
      { class: 'text' },
      record.kind !== 'log' && element('span', { class: 'kind', text: record.kind }),
      element('span', { class: 'message', text: record.message.slice(0, maxMessageChars) }),
      element('span', { class: 'preview', text: record.preview }),
    ),
  )
  button.record = record
  return element('li', {}, button)
}

function isoTime(timestampMs) {
  return new Date(timestampMs).toISOString()
}
