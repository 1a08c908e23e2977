import { element } from './element.js'
import { asObject, asText } from './record.js'

/** Causes nest as deep as a hostile page likes; nobody reads further. */
const maxCauses = 10
const maxFrames = 100

/** An error, then its causes: the frames that could be read, your own code before that of others, and the stack as it came. */
export function errorSections(error, shownAbove, depth = 0) {
  if (typeof error !== 'object' || error === null || depth > maxCauses) return []
  const { type, message, stack, frames, cause, errors, properties } = error
  const title = `${asText(type)}: ${asText(message)}`
  const readable = Array.isArray(frames) ? frames.slice(0, maxFrames).map(asObject) : []
  return [
    element(
      'section',
      { class: 'error' },
      element('h3', { text: depth === 0 ? 'Error' : 'Caused by' }),
      title !== shownAbove && element('p', { text: title }),
      readable.length > 0 && element('ol', { class: 'frames' }, ...readable.map(frameView)),
      stack && stackView(asText(stack), readable.length === 0),
      ...propertiesView(properties),
    ),
    ...(Array.isArray(errors)
      ? errors.slice(0, maxCauses).flatMap(one => errorSections(one, undefined, depth + 1))
      : []),
    ...errorSections(cause, undefined, depth + 1),
  ]
}

function frameView({ function: name, file, line, column, thirdParty }) {
  const place = [asText(file), line, column].filter(part => part !== undefined && part !== '').join(':')
  return element(
    'li',
    { class: thirdParty === true && 'foreign' },
    element('span', { class: 'function', text: name ? asText(name) : '(anonymous)' }),
    ' ',
    element('span', { class: 'place', text: place }),
    thirdParty === true && element('span', { class: 'kind', text: 'third party' }),
  )
}

function stackView(stack, isOpen) {
  return element(
    'details',
    { open: isOpen },
    element('summary', { text: 'Stack as the browser wrote it' }),
    element('pre', { tabindex: '0', text: stack }),
  )
}

function propertiesView(properties) {
  const entries = Object.entries(asObject(properties))
  if (entries.length === 0) return []
  return [
    element(
      'dl',
      { class: 'pairs', 'aria-label': 'Properties of the error' },
      ...entries.map(([key, value]) =>
        element('div', {}, element('dt', { text: key }), element('dd', { text: asText(value) })),
      ),
    ),
  ]
}
