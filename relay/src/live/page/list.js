import { element } from './element.js'
import { formatClock, isoTime } from './format.js'

/** More rows than these make the page slow; the filters reach the rest of what it holds. */
const maxRows = 500
/** What a row shows of a message; the rest is in the detail. */
const maxMessageChars = 400

/** The tail: newest first, a bounded number of rows, walked with the arrow keys. */
export function createList(rows, { onSelect }) {
  let selected

  rows.addEventListener('click', event => {
    const button = event.target.closest('button')
    if (button) select(button)
  })
  rows.addEventListener('keydown', event => {
    const from = event.target.closest('button')
    const all = from && [...rows.querySelectorAll('button')]
    const at = all?.indexOf(from)
    const to = all && { ArrowDown: all[at + 1], ArrowUp: all[at - 1], Home: all[0], End: all.at(-1) }[event.key]
    if (!to) return
    event.preventDefault()
    makeTabStop(to)
    to.focus()
    if (selected) select(to)
  })

  function select(button) {
    deselect()
    button.setAttribute('aria-current', 'true')
    selected = button.record
    makeTabStop(button)
    onSelect(button.record)
  }

  function deselect() {
    const current = rows.querySelector('[aria-current]')
    current?.removeAttribute('aria-current')
    selected = undefined
    return current
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
      if (hadFocus) rows.querySelector('li:last-of-type button')?.focus()
    }
    const first = rows.querySelector('button')
    if (first && !rows.querySelector('[tabindex="0"]')) makeTabStop(first)
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
    /** As if it were clicked; false where it has no row. */
    open(record) {
      const button = [...rows.querySelectorAll('button')].find(one => one.record === record)
      if (button) select(button)
      return button !== undefined
    },
    deselect,
    count: () => rows.getElementsByClassName('row').length,
  }
}

function rowOf(record, isSelected) {
  if (record.marker)
    return element('li', { class: 'mark' }, element('span', { text: record.marker }), ' ', timeOf(record.timestampMs))
  const button = element(
    'button',
    {
      type: 'button',
      class: 'row',
      tabindex: '-1',
      'data-level': record.level,
      'aria-current': isSelected ? 'true' : undefined,
    },
    timeOf(record.timestampMs),
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

function timeOf(timestampMs) {
  return element('time', { text: formatClock(timestampMs), datetime: isoTime(timestampMs) })
}
