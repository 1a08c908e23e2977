import { initializeFaro, LogLevel } from '@grafana/faro-web-sdk'

/** https://grafana.com/docs/grafana-cloud/monitor-applications/frontend-observability/instrument/ */
export function start() {
  const faro = initializeFaro({ url: `${location.origin}/collect`, app: { name: 'shop', version: '1.4.2' } })
  return { info: (message, context) => faro.api.pushLog([message], { level: LogLevel.INFO, context }) }
}
