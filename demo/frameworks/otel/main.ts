import { logs, SeverityNumber } from '@opentelemetry/api-logs'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { init } from 'loki-beacon'
import { createOtelExporter } from 'loki-beacon/otel'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

const exporter = createOtelExporter(log)
logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }))

logs.getLogger('shop').emit({ severityNumber: SeverityNumber.WARN, body: 'stock is low', attributes: { sku: 'A-1' } })
