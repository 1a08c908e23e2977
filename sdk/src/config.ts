import type { Consent } from './batch.ts'
import type { DropReason } from './drops.ts'
import type { BeaconError } from './errors.ts'
import type { Level, WireRecord } from './wire.ts'

/** What `init` takes. Only `url` and `key` are needed. */
export interface InitOptions {
  /** The relay's origin, such as `https://logs.example.com`, or a path on the page's own origin, such as `/telemetry`. */
  url: string
  /** The app's publishable key, as in the relay's configuration. Not a secret. */
  key: string
  /** Name of the app, for your own reading; the relay labels records by its own configuration. */
  app?: string
  /** Version of your build, such as `1.4.2`. */
  release?: string
  /** Such as `production`. */
  environment?: string
  /** A set of batch and timeout defaults; options given beside it win. @defaultValue `'default'` */
  preset?: 'default' | 'high-throughput' | 'low-latency'
  /** Calls of less severe levels create no record. Events, measurements and captured errors always do. @defaultValue `'trace'` */
  minLevel?: Level
  /** Also print records to the console: all, or those of the given levels. @defaultValue `false` */
  console?: boolean | Level[]
  /**
   * Whether records may be kept and sent. `pending`: they wait in memory until `setConsent` says more; `denied`: they are
   * dropped, counted as `consent`, and what earlier visits left on the device is removed. @defaultValue `'granted'`
   */
  consent?: Consent
  /** What is captured without a call of yours. */
  capture?: {
    /** Uncaught errors (`window.onerror`). @defaultValue `true` */
    errors?: boolean
    /** Unhandled promise rejections. @defaultValue `true` */
    rejections?: boolean
  }
  /** Last look at a record: return it, changed or not, or null or false to drop it (counted as `before_send`). */
  beforeSend?: (record: WireRecord) => WireRecord | null | false
  batch?: {
    /** A batch is closed and sent at this many records. @defaultValue `1000` */
    maxRecords?: number
    /**
     * A batch is closed and sent at this many UTF-8 bytes; what is logged at once stays together in up to eight times as
     * many. @defaultValue `30720`, so that two fit a page-exit beacon's share
     */
    maxBytes?: number
    /** The longest that a record waits for others before it is sent, in ms. @defaultValue `1000` */
    flushIntervalMs?: number
  }
  buffer?: {
    /** Where records wait: on the device, in this page only, or not at all after a failed attempt. @defaultValue `'indexeddb'` */
    persistence?: 'indexeddb' | 'memory' | 'none'
    /** Above this many UTF-8 bytes records are dropped, counted as `buffer_overflow`. @defaultValue `5242880` (5 MiB) */
    maxBytes?: number
    /** Older records are dropped, counted as `too_old`, in ms. @defaultValue `604800000` (7 days) */
    maxAgeMs?: number
    /** Whether the oldest or the newest of the least severe go first. @defaultValue `'drop-oldest'` */
    whenFull?: 'drop-oldest' | 'drop-newest'
  }
  retry?: {
    /** First pause after a failure, in ms; each further one may last twice as long, with full jitter. @defaultValue `1000` */
    baseDelayMs?: number
    /** Longest pause, in ms. @defaultValue `60000` */
    maxDelayMs?: number
    /** So many failures in a row open the circuit breaker; then only a single probe is sent after each pause. @defaultValue `5` */
    breakerThreshold?: number
  }
  /** The longest wait for the relay's answer, in ms. @defaultValue `10000` */
  timeoutMs?: number
  /** Fetches a short-lived token from your backend, where the relay's app demands one. */
  getToken?: () => Promise<string>
  /** Told of each fault of delivery or configuration, once per code until it heals. */
  onError?: (error: BeaconError) => void
  /** Told of each drop, with its reason. */
  onDrop?: (reason: DropReason, count: number) => void
  /** Print the SDK's own warnings in full. @defaultValue `false` */
  debug?: boolean
}

/** The options with every default filled in: what the stages see. */
export interface Config {
  url: string
  key: string
  app?: string
  release?: string
  environment?: string
  minLevel: Level
  consoleLevels: readonly Level[]
  consent: Consent
  capture: { errors: boolean; rejections: boolean }
  beforeSend?: (record: WireRecord) => WireRecord | null | false
  batch: { maxRecords: number; maxBytes: number; flushIntervalMs: number }
  buffer: {
    persistence: 'indexeddb' | 'memory' | 'none'
    maxBytes: number
    maxAgeMs: number
    whenFull: 'drop-oldest' | 'drop-newest'
  }
  retry: { baseDelayMs: number; maxDelayMs: number; breakerThreshold: number }
  timeoutMs: number
  getToken?: () => Promise<string>
  onError?: (error: BeaconError) => void
  onDrop?: (reason: DropReason, count: number) => void
  debug: boolean
}
