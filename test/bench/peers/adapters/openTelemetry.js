import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'

/** https://github.com/open-telemetry/opentelemetry-js/tree/main/experimental/packages/exporter-logs-otlp-http#logs-in-web */
export function start() {
  const exporter = new OTLPLogExporter({ url: `${location.origin}/v1/logs` })
  const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('shop', '1.4.2')
  return {
    info: (body, attributes) =>
      logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'info', body, attributes }),
  }
}
