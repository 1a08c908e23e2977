import { withLokiBeacon } from 'loki-beacon/next'

export default withLokiBeacon({ reactStrictMode: true }, { relay: process.env.RELAY_URL ?? 'http://127.0.0.1:8080' })
