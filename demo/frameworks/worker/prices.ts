import { forwardErrors } from 'loki-beacon/worker'

const log = forwardErrors()

addEventListener('message', ({ data }) => {
  log.info('adding up', { count: data.prices.length })
  if (data.prices.includes(0)) throw new RangeError('a price of nothing')
  postMessage({ sum: data.prices.reduce((sum: number, price: number) => sum + price, 0) })
})
