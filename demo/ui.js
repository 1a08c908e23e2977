import { element } from './element.js'
import { experiments } from './experiments.js'
import { createStatsPanel } from './statsPanel.js'

const products = [
  { sku: 'DESK-01', name: 'Desk lamp', price: 49, icon: 'desk' },
  { sku: 'PEND-02', name: 'Pendant', price: 89, icon: 'pendant' },
  { sku: 'HARB-03', name: 'Harbour light', price: 129, icon: 'harbour' },
]

/** The whole shop, for both pages: `how` says which one this is. `log` is the logger, wherever it came from. */
export function startShop(log, how) {
  const { panel, said, refresh } = createStatsPanel(log)
  const say = text => {
    said.textContent = text
    // Errors reach the logger in a later task.
    setTimeout(refresh, 50)
  }
  document
    .getElementById('shop')
    .replaceChildren(
      header(how),
      element(
        'section',
        { class: 'products', 'aria-label': 'Lamps' },
        ...products.map(product => productCard(product, log, say)),
      ),
      element(
        'div',
        { class: 'lab' },
        element(
          'section',
          { class: 'experiments', 'aria-labelledby': 'try' },
          element('h2', { id: 'try', text: 'Make something happen' }),
          element(
            'div',
            { class: 'cards' },
            ...experiments.map(one => experimentCard(one, log, say)),
            networkCard(say),
            tabCard(how),
          ),
        ),
        panel,
      ),
    )
}

/** The bundle did not come: say so where the shop would be. */
export function showFailure(source) {
  document
    .getElementById('shop')
    .replaceChildren(
      element('h1', { text: 'The SDK could not be loaded' }),
      element(
        'p',
        {},
        'Nothing came from ',
        element('code', { text: source }),
        '. Is the relay running? A page without the SDK works on; only its logs are missing.',
      ),
    )
}

function header(how) {
  const { live } = document.documentElement.dataset
  return element(
    'header',
    {},
    element('h1', {}, 'Lampworks ', element('small', { text: 'a shop that logs' })),
    element(
      'nav',
      { 'aria-label': 'Demo' },
      pageLink('./', 'Script tag', how === 'script tag'),
      pageLink('npm.html', 'npm package', how === 'npm'),
      element('a', { class: 'live', href: live, target: '_blank', text: 'Live page' }),
    ),
  )
}

function pageLink(href, text, isCurrent) {
  return element('a', { href, text, 'aria-current': isCurrent ? 'page' : undefined })
}

function productCard({ sku, name, price, icon }, log, say) {
  const buy = () => {
    log.event('added to cart', { sku, price })
    say(`log.event('added to cart', { sku: '${sku}', price: ${price} })`)
  }
  return element(
    'article',
    { class: 'product' },
    element('img', { src: `lamps/${icon}.svg`, alt: '', width: '120', height: '120' }),
    element('h3', { text: name }),
    element('p', { text: `${price} EUR` }),
    element('button', { type: 'button', text: 'Add to cart', 'aria-label': `Add ${name} to cart`, onclick: buy }),
  )
}

function experimentCard({ name, title, code, shows, run }, log, say) {
  const start = () => {
    run(log)
    say(code)
  }
  return card(element('button', { type: 'button', 'data-try': name, text: title, onclick: start }), shows, code)
}

function networkCard(say) {
  const { demoNetwork } = window
  const button = element('button', { type: 'button', 'data-try': 'offline', 'aria-pressed': 'false' })
  const show = () => {
    const isOffline = demoNetwork.isOffline()
    document.documentElement.toggleAttribute('data-offline', isOffline)
    button.setAttribute('aria-pressed', String(isOffline))
    button.textContent = isOffline ? 'Come back online' : 'Go offline'
  }
  button.addEventListener('click', () => demoNetwork.setOffline(!demoNetwork.isOffline()))
  for (const type of ['online', 'offline'])
    window.addEventListener(type, () => {
      show()
      say(demoNetwork.isOffline() ? 'Offline: records wait on this device' : 'Online again: what waited is on its way')
    })
  show()
  return card(
    button,
    'Log on without a network, even close the tab: what waits is kept on the device and arrives once.',
  )
}

function tabCard(how) {
  const link = element('a', {
    class: 'button',
    'data-try': 'tab',
    href: how === 'npm' ? 'npm.html' : './',
    target: '_blank',
    text: 'Open a second tab',
  })
  return card(
    link,
    'Both tabs share one session and one queue on the device; only one of them sends what closed tabs left.',
  )
}

function card(control, shows, code) {
  return element(
    'div',
    { class: 'card' },
    control,
    element('p', { text: shows }),
    code && element('code', { text: code }),
  )
}
