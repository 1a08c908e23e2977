import { init } from 'loki-beacon'
import { createReactLogger } from 'loki-beacon/react'

export const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })
export const { ErrorBoundary, LoggerProvider, useLogger } = createReactLogger(log)
