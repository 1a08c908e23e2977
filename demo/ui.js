import { createCart } from './cart.js'
import { createCatalogue } from './catalogue.js'
import { createControls } from './controls.js'
import { element } from './element.js'
import { faults } from './faults.js'
import { liveLink, markVisit } from './liveLink.js'
import { createStatsPanel } from './statsPanel.js'

/** The whole shop, for both pages: `how` says which one this is. `log` is the logger, wherever it came from. */
export function startShop(log, how) {
  const visit = markVisit(log)
  const { panel, said, refresh } = createStatsPanel(log)
  const say = (text, find) => {
    said.replaceChildren(element('code', { text }))
    if (find)
      said.append(element('a', { href: liveLink(visit, find), target: '_blank', text: 'See it on the live page' }))
    // Errors reach the logger in a later task.
    setTimeout(refresh, 50)
  }
  const cart = createCart(log, say)
  panel.append(createControls(how, say))
  document
    .getElementById('shop')
    .replaceChildren(
      header(how, visit),
      hero(),
      element(
        'div',
        { class: 'lab' },
        element('div', { class: 'shop' }, createCatalogue(cart.add), cart.view, faultList(log, say)),
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
        '. Is the relay running, or does an ad blocker stop it? A page without the SDK works on; only its logs are missing.',
      ),
    )
}

function header(how, visit) {
  return element(
    'header',
    {},
    element('h1', {}, 'Lampworks ', element('small', { text: 'a shop that logs' })),
    element(
      'nav',
      { 'aria-label': 'Demo' },
      pageLink('./', 'Script tag', how === 'script tag'),
      pageLink('npm.html', 'npm package', how === 'npm'),
      element('a', { class: 'live', href: liveLink(visit), target: '_blank', text: 'Live page' }),
    ),
  )
}

function pageLink(href, text, isCurrent) {
  return element('a', { href, text, 'aria-current': isCurrent ? 'page' : undefined })
}

/** With `?slow` in the address its picture comes seconds late, as the largest of the page: that is LCP. */
function hero() {
  const isSlow = new URLSearchParams(location.search).has('slow')
  return element(
    'div',
    { class: 'hero' },
    element('img', {
      src: isSlow ? 'slow/hero.svg' : 'hero.svg',
      alt: 'A window with a lamp, at night',
      width: '1120',
      height: '200',
    }),
    isSlow &&
      element('p', {
        class: 'slow-note',
        text: 'This picture was three seconds late. Click anywhere, then look at Vitals on the live page.',
      }),
  )
}

function faultList(log, say) {
  return element(
    'section',
    { class: 'experiments', 'aria-labelledby': 'try' },
    element('h2', { id: 'try', text: 'Make something break' }),
    element(
      'div',
      { class: 'cards' },
      ...faults.map(({ name, title, code, shows, find, run }) => {
        const start = () => {
          say(code, find)
          run(log)
        }
        return element(
          'div',
          { class: 'card' },
          element('button', { type: 'button', 'data-try': name, text: title, onclick: start }),
          element('p', {}, element('b', { text: 'Shows: ' }), shows),
          element('code', { text: code }),
        )
      }),
    ),
  )
}
