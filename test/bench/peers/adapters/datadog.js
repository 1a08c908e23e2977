import { datadogLogs } from '@datadog/browser-logs'

/** https://docs.datadoghq.com/logs/log_collection/javascript/ */
export function start() {
  datadogLogs.init({
    clientToken: 'pub_bench',
    proxy: `${location.origin}/datadog`,
    service: 'shop',
    version: '1.4.2',
    forwardErrorsToLogs: true,
    sessionSampleRate: 100,
  })
  return datadogLogs.logger
}
