import { element } from './element.js'

/** The switch that takes the network away, and a second tab. */
export function createControls(how, say) {
  return element('div', { class: 'controls' }, networkSwitch(say), secondTab(how))
}

function networkSwitch(say) {
  const { demoNetwork } = window
  const button = element('button', {
    type: 'button',
    'data-try': 'offline',
    title: 'What is logged without a network waits on this device, even when the tab is closed, and arrives once.',
  })
  const show = () => {
    const isOffline = demoNetwork.isOffline()
    document.documentElement.toggleAttribute('data-offline', isOffline)
    button.setAttribute('aria-pressed', String(isOffline))
    button.textContent = isOffline ? 'Go online' : 'Go offline'
  }
  button.addEventListener('click', () => demoNetwork.setOffline(!demoNetwork.isOffline()))
  for (const type of ['online', 'offline'])
    window.addEventListener(type, () => {
      show()
      say(demoNetwork.isOffline() ? 'Offline: records wait on this device' : 'Online again: what waited is on its way')
    })
  show()
  return button
}

function secondTab(how) {
  return element('a', {
    class: 'button',
    'data-try': 'tab',
    href: how === 'npm' ? 'npm.html' : './',
    target: '_blank',
    title: 'Both tabs share a session, and one queue on the device for what closed tabs left.',
    text: 'Second tab',
  })
}
