import { snippet } from './copyButton.js'
import { element } from './element.js'
import { formatCount } from './format.js'

const spoken = { done: 'Done', wait: 'Waiting', idle: 'Not in use', fault: 'Problem', later: 'Not yet' }

/** The steps of `describeSteps` as a list, the same in the empty tail and in the view of the relay. */
export function stepsView(steps) {
  return element('ol', { class: 'steps' }, ...steps.map(stepView))
}

/** One refused caller in words, with what to do. */
export function refusalView({ code, origin, key, times, hint }) {
  return element(
    'div',
    { class: 'refusal' },
    element(
      'p',
      {},
      element('strong', { text: origin ?? 'A caller without an origin' }),
      ` was refused ${times === 1 ? 'once' : `${formatCount(times)} times`}: `,
      element('code', { text: code }),
      key && ' with the key ',
      key && element('code', { text: key }),
    ),
    hint && element('p', { class: 'mend', text: hint.text }),
    hint?.code && snippet(hint.code),
  )
}

function stepView({ title, state, text, code, notes = [], refusals = [] }) {
  return element(
    'li',
    { class: 'step', 'data-state': state },
    element('h3', {}, element('span', { class: 'unseen', text: `${spoken[state]}: ` }), title),
    text && element('p', { text }),
    ...refusals.slice(0, 5).map(refusalView),
    code && snippet(code),
    notes.length > 0 && element('ul', {}, ...notes.map(note => element('li', { text: note }))),
  )
}
