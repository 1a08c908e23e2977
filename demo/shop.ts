import { init } from 'loki-beacon'
import { startShop } from './ui.js'

const { relay = '', key = '' } = document.documentElement.dataset

const log = init({ url: relay, key, app: 'shop', release: '1.4.2', environment: 'demo' })

startShop(log, 'npm')
