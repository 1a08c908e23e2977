import { init } from 'loki-beacon'

export function start() {
  return init({ url: location.origin, key: 'pk_bench', app: 'shop', release: '1.4.2' })
}
