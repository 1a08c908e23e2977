import { element } from './element.js'

const backAfterMs = 2000

/** A button that copies what `text()` gives; none where the page has no clipboard: only HTTPS and this machine have one. */
export function copyButton(label, text) {
  if (!navigator.clipboard) return undefined
  const button = element('button', { type: 'button', class: 'copy', text: label })
  button.addEventListener('click', async () => {
    button.textContent = await navigator.clipboard.writeText(text()).then(
      () => 'Copied',
      () => 'Not allowed',
    )
    setTimeout(() => {
      button.textContent = label
    }, backAfterMs)
  })
  return button
}

/** Code to take along. */
export function snippet(text) {
  return element(
    'div',
    { class: 'snippet' },
    element('pre', { tabindex: '0', text }),
    copyButton('Copy', () => text),
  )
}
