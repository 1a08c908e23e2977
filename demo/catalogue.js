import { element } from './element.js'

const products = [
  { sku: 'DESK-01', name: 'Desk lamp', text: 'Bends where you read.', price: 49, icon: 'desk' },
  { sku: 'PEND-02', name: 'Pendant', text: 'Hangs over the table.', price: 89, icon: 'pendant' },
  { sku: 'HARB-03', name: 'Harbour light', text: 'Seen from far away.', price: 129, icon: 'harbour' },
  { sku: 'FLOO-04', name: 'Floor lamp', text: 'Stands in its corner.', price: 159, icon: 'floor' },
  { sku: 'PAPE-05', name: 'Paper moon', text: 'Soft on all sides.', price: 35, icon: 'paper' },
  { sku: 'LANT-06', name: 'Lantern', text: 'Comes along outside.', price: 59, icon: 'lantern' },
]

/** The lamps, each with a button that hands it to the cart. */
export function createCatalogue(onBuy) {
  return element(
    'section',
    { class: 'products', 'aria-label': 'Lamps' },
    ...products.map(product => {
      const { name, text, price, icon } = product
      return element(
        'article',
        { class: 'product' },
        element('img', { src: `lamps/${icon}.svg`, alt: '', width: '120', height: '120' }),
        element('h3', { text: name }),
        element('p', { class: 'about', text }),
        element('p', { class: 'price', text: `${price} EUR` }),
        element('button', {
          type: 'button',
          text: 'Add',
          'aria-label': `Add ${name} to cart`,
          onclick: () => onBuy(product),
        }),
      )
    }),
  )
}
