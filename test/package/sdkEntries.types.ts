/** Compiled in a project that has the package installed: what its entries accept, and what they refuse. */

import { type CaptureOptions, type InitOptions, init, type LogEntry, type Logger } from 'loki-beacon'
import { angularErrorHandler } from 'loki-beacon/angular'
import { type CoreOptions, init as initCore } from 'loki-beacon/core'
import { forwardLoglevel, pinoTransmit, sortArguments } from 'loki-beacon/loggers'
import { recordTransitions, withLokiBeacon } from 'loki-beacon/next'
import { createOtelExporter } from 'loki-beacon/otel'
import { createReactLogger, reactErrorHandlers } from 'loki-beacon/react'
import { kitErrorHandler, svelteErrorHandler } from 'loki-beacon/svelte'
import { lokiBeaconVue } from 'loki-beacon/vue'
import { forwardErrors, receiveFrom } from 'loki-beacon/worker'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'

const log: Logger = init({ url: '/telemetry', key: 'pk_x' })

const entry: LogEntry = { level: 'warn', message: 'stock is low', timeMs: 1, traceId: 'a', spanId: 'b' }
log.record(entry)
/** What is caught is unknown. */
export function noteCaught(error: unknown): void {
  log.error(error)
  log.with({ feature: 'cart' }).warn(error, { orderId: 7 })
  log.record({ level: 'error', message: error })
}
// @ts-expect-error: something has to be said
log.error()
// @ts-expect-error: attributes are an object
log.error('no', 7)
// @ts-expect-error: the message comes first
log.info({ sku: 'A-1' }, 'sold')
// @ts-expect-error: an event has a name
log.event(new Error('no'))

/** Of a page that may not know everything: with `exactOptionalPropertyTypes` undefined is not the same as absent. */
export function startWith(text: string | undefined, count: number | undefined, isOn: boolean | undefined): void {
  const capture: CaptureOptions = { errors: isOn, network: { slowMs: count, failedStatus: count } }
  const core: CoreOptions = {
    url: '/telemetry',
    key: 'pk_x',
    app: text,
    release: text,
    redact: { rules: { email: isOn } },
  }
  const options: InitOptions = {
    ...core,
    capture,
    preset: undefined,
    beforeSend: isOn ? record => (record.level === 'debug' ? null : record) : undefined,
    batch: { maxRecords: count },
    levelSampleRates: { debug: count },
    noise: { extensions: isOn },
    getTraceContext: () => ({ traceId: 'a', spanId: text }),
    maxBreadcrumbs: count,
  }
  init(options)
  initCore(core)
  log.record({ level: 'info', message: 'm', attributes: undefined, timeMs: count, traceId: text, spanId: text })
  withLokiBeacon({}, { relay: 'https://logs.example.com', path: text })
  createElement(ErrorBoundary, { fallback: 'broken', onError: undefined })
  reactErrorHandlers(log, { onCaughtError: isOn ? error => log.debug(String(error)) : undefined })
  createOtelExporter(log).export([{ hrTime: [0, 0], attributes: {}, eventName: text, severityNumber: count }], () => {})
  kitErrorHandler(log)({ error: 'x', event: { route: { id: text } }, status: count, kind: text })
  lokiBeaconVue.install({ config: { errorHandler: isOn ? () => {} : undefined } }, { log })
  // @ts-expect-error: what is needed can't be missing
  init({ url: text, key: 'pk_x' })
  // @ts-expect-error: undefined is no null
  init({ url: '/telemetry', key: 'pk_x', release: null })
  // @ts-expect-error: of the right type at any depth
  init({ url: '/telemetry', key: 'pk_x', batch: { maxRecords: text } })
  // @ts-expect-error: no such option, at any depth
  init({ url: '/telemetry', key: 'pk_x', capture: { network: { slow: 7 } } })
  // @ts-expect-error: an option that the core can't honour
  initCore({ url: '/telemetry', key: 'pk_x', maxBreadcrumbs: count })
}
// @ts-expect-error: no such level
log.record({ level: 'notice', message: 'x' })
// @ts-expect-error: a level is needed
log.record({ message: 'x' })
// @ts-expect-error: a mechanism is a text
log.captureError(new Error('no'), {}, 7)

const { ErrorBoundary, LoggerProvider, useLogger } = createReactLogger(log)
createRoot(document.body, reactErrorHandlers(log))
reactErrorHandlers(log, { onCaughtError: (error, info) => log.debug(String(error), { stack: info.componentStack }) })
createElement(ErrorBoundary, {
  fallback: ({ error, reset }) => createElement('button', { type: 'button', onClick: reset }, String(error)),
})
export const Cart = () => createElement(LoggerProvider, { log: useLogger().with({ feature: 'cart' }) })
// @ts-expect-error: a fallback is needed
createElement(ErrorBoundary, {})
// @ts-expect-error: a logger is needed
createElement(LoggerProvider, {})
// @ts-expect-error: a logger is needed
reactErrorHandlers()
// @ts-expect-error: no such handler
reactErrorHandlers(log, { onError: () => {} })

lokiBeaconVue.install({ config: {} }, { log })
// @ts-expect-error: a logger is needed
lokiBeaconVue.install({ config: {} }, {})

angularErrorHandler(log, { handleError: error => log.debug(String(error)) }).handleError(new Error('no'))
// @ts-expect-error: no ErrorHandler
angularErrorHandler(log, () => {})

const shown: { message: string } | undefined = kitErrorHandler(log, () => ({ message: 'sorry' }))({
  error: 'x',
  status: 500,
})
svelteErrorHandler(log, (error, reset) => log.debug(String(error ?? shown), { reset }))
// @ts-expect-error: a logger is needed
svelteErrorHandler()

const config = withLokiBeacon({ reactStrictMode: true }, { relay: 'https://logs.example.com' })
const isStrict: boolean = config.reactStrictMode
recordTransitions(log)('/cart', isStrict ? 'push' : 'replace')
/** As Next's own type of a configuration has it. */
interface NextConfig extends Record<string, unknown> {
  reactStrictMode?: boolean | null
  rewrites?: () => Promise<{ source: string }[] | { beforeFiles?: { source: string }[] }>
}
const relay = 'https://logs.example.com'
type FromPhase = (phase: string, context: { defaultConfig: NextConfig }) => NextConfig | Promise<NextConfig>
export const fromObject: NextConfig = withLokiBeacon({} as NextConfig, { relay })
export const fromPromise: Promise<NextConfig> = withLokiBeacon(Promise.resolve<NextConfig>({}), { relay })
export const fromPhase: FromPhase = withLokiBeacon({} as FromPhase, { relay })
export const fromEither: NextConfig | FromPhase = withLokiBeacon({} as NextConfig | FromPhase, { relay })
export const fromAsync: FromPhase = withLokiBeacon(
  async (phase: string, { defaultConfig }: { defaultConfig: NextConfig }) => ({ ...defaultConfig, env: { phase } }),
  { relay },
)
// @ts-expect-error: a configuration of a function is there once it is called
withLokiBeacon(() => ({ reactStrictMode: true }), { relay }).reactStrictMode
// @ts-expect-error: rewrites are a function
withLokiBeacon({ rewrites: [] }, { relay })
// @ts-expect-error: a relay is needed
withLokiBeacon({}, { path: '/t' })

const workerLog = forwardErrors()
workerLog.warn('stock is low', { sku: 'A-1' })
receiveFrom(new Worker('/worker.js'), log)()
receiveFrom(navigator.serviceWorker, log)
receiveFrom(new MessageChannel().port1, log)
// @ts-expect-error: a worker has no records of its own to tell of
workerLog.stats()
// @ts-expect-error: nothing that posts messages
forwardErrors({})

createOtelExporter(log).export([{ hrTime: [0, 0], attributes: {} }], ({ code }) => log.debug(String(code)))
// @ts-expect-error: a record has a time
createOtelExporter(log).export([{ attributes: {} }], () => {})

pinoTransmit(log).send('info', { ts: 0, messages: [], bindings: [] })
log.record({ level: 'info', ...sortArguments(['x', { a: 1 }]) })
// @ts-expect-error: not loglevel
forwardLoglevel({}, log)
