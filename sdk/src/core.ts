import { createInit, type Init } from './api/init.ts'
import type { CoreOptions } from './publicOptions.ts'

/**
 * Starts the SDK for one app key and returns its logger.
 *
 * Never throws. A bad option costs one warning in the console, one `onError` (`invalid_option`), and its default stands
 * in; without a usable `url` and `key` the logger does nothing. The same without a `window`: on a server or in a worker
 * it prints at most. A second call with the same key returns the first logger, with one warning.
 */
export const init: Init<CoreOptions> = /* @__PURE__ */ createInit({})

export type { Attributes, Log, LogEntry, Logger, Stats } from './api/logger.ts'
export type { ConsoleLevel } from './captureOptions.ts'
export type { Matcher, RedactRule } from './config.ts'
export type { DropCounts, DropReason } from './drops.ts'
export { BeaconError, type BeaconErrorCode } from './errors.ts'
export type { Plugin, PluginHost, RecordDraft } from './plugin.ts'
export type {
  CaptureOptions,
  ConsoleOptions,
  CoreOptions,
  CoreOptions as InitOptions,
  NetworkOptions,
  RedactOptions,
} from './publicOptions.ts'
export type {
  Kind,
  Level,
  WireAttributes,
  WireBreadcrumb,
  WireContext,
  WireError,
  WireFrame,
  WireRecord,
  WireValue,
} from './wire.ts'
