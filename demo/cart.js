import { element } from './element.js'
import { pay } from './faults.js'

/** A cart and its checkout. The first payment of a visit is declined, so that there is an error to look at; the next one works. */
export function createCart(log, say) {
  const lines = new Map()
  let orders = 0
  const list = element('ul')
  const total = element('strong')
  const payButton = element('button', {
    type: 'button',
    class: 'main',
    'data-try': 'pay',
    text: 'Pay',
    onclick: checkOut,
  })
  const note = element('p', { class: 'note', role: 'status' })
  const view = element(
    'section',
    { class: 'cart', 'aria-labelledby': 'cart' },
    element('h2', { id: 'cart', text: 'Your cart' }),
    list,
    element('p', { class: 'total' }, 'Total ', total, payButton),
    note,
  )
  draw()
  return { view, add }

  function add(product) {
    const { sku, price } = product
    lines.set(sku, { ...product, count: (lines.get(sku)?.count ?? 0) + 1 })
    log.event('added to cart', { sku, price })
    say(`log.event('added to cart', { sku: '${sku}', price: ${price} })`, `added cart ${sku}`)
    note.textContent = ''
    draw()
  }

  function remove(sku) {
    lines.delete(sku)
    log.event('removed from cart', { sku })
    say(`log.event('removed from cart', { sku: '${sku}' })`, `removed cart ${sku}`)
    draw()
  }

  function checkOut() {
    orders++
    const order = { orderId: `A-${1000 + orders}`, total: sum(), items: lines.size }
    if (orders === 1) return decline(order)
    log.event('order paid', order)
    say("log.event('order paid', { orderId, total })", 'order paid event')
    note.textContent = `Thank you. Order ${order.orderId} is on its way.`
    lines.clear()
    draw()
  }

  function decline(order) {
    try {
      pay(order.orderId)
    } catch (error) {
      log.error('payment failed', { error, ...order })
      say("log.error('payment failed', { error, orderId })", 'payment failed')
      note.textContent = 'The card was declined. The next attempt will work.'
    }
  }

  function sum() {
    return [...lines.values()].reduce((all, { price, count }) => all + price * count, 0)
  }

  function draw() {
    list.replaceChildren(
      ...(lines.size === 0
        ? [
            element('li', {
              class: 'nothing',
              text: 'Nothing in it yet: add a lamp, then pay. The first payment is declined.',
            }),
          ]
        : [...lines.values()].map(lineView)),
    )
    total.textContent = `${sum()} EUR`
    payButton.disabled = lines.size === 0
  }

  function lineView({ sku, name, price, count }) {
    return element(
      'li',
      {},
      element('span', { text: count > 1 ? `${count} x ${name}` : name }),
      element('span', { class: 'amount', text: `${price * count} EUR` }),
      element('button', {
        type: 'button',
        class: 'remove',
        'aria-label': `Remove ${name}`,
        text: '\u00d7',
        onclick: () => remove(sku),
      }),
    )
  }
}
