import { init } from 'loki-beacon'
import { lokiBeaconVue } from 'loki-beacon/vue'
import { createApp } from 'vue'
import { App } from './App.ts'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

createApp(App).use(lokiBeaconVue, { log }).mount('#app')
