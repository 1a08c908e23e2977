import type { Consent } from './batch.ts'
import type { CaptureOptions } from './captureOptions.ts'
import type { DropReason } from './drops.ts'
import type { BeaconError } from './errors.ts'
import type { Plugin } from './plugin.ts'
import type { Level, WireRecord } from './wire.ts'

/** What `init` of every entry takes. Only `url` and `key` are needed. */
export interface CoreOptions {
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
  /** What is captured without a call of yours; `false` for nothing at all. */
  capture?: false | CaptureOptions
  /** More that captures by itself; one of the same name takes the place of what the entry point has. @defaultValue none */
  plugins?: readonly Plugin[]
  /**
   * What looks like a secret or personal data is replaced before anything is stored: values of keys such as `password`,
   * in texts too, tokens, e-mail addresses, card and account numbers. `false` leaves all to you. @defaultValue all rules
   */
  redact?: boolean | RedactOptions
  /** Whether addresses lose their query: all of it, but for the parameters of an allow-list. @defaultValue `true` */
  stripUrlQuery?: boolean | { allow: readonly string[] }
  /** Honour the browser's Global Privacy Control: no session id, no user, no web vitals. @defaultValue `true` */
  respectGpc?: boolean
  /**
   * Last look at a record: return it, changed or not, or null or false to drop it (counted as `before_send`). Where it throws,
   * or answers with what is no record, the record is sent as it was, redacted, and `stats().hookFailures` counts it.
   */
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

/** What `init` of `loki-beacon` takes beside these: `loki-beacon/core` refuses them. */
export interface InitOptions extends CoreOptions {
  /**
   * The share of sessions that are recorded, from 0 to 1: what belongs to others is dropped, counted as `sample_rate`.
   * Errors are always kept: exceptions, and all else of level `error` and `fatal`. @defaultValue `1`
   */
  sampleRate?: number
  /**
   * The share of the records of a level that are kept, from 0 to 1, such as `{ debug: 0.1 }`; the others are dropped, counted
   * as `sample_rate`. Exceptions and starts of sessions are always kept; `{ error: 0.5 }` is about errors without an Error,
   * such as `log.error('text')`. @defaultValue all
   */
  levelSampleRates?: Partial<Record<Level, number>>
  /**
   * Exceptions whose message (`TypeError: x is undefined`) contains one of these texts, or matches, are dropped; counted
   * as `filtered`, and in `stats().filtered` by the name of this option, as with the two below.
   */
  ignoreErrors?: readonly Matcher[]
  /** Exceptions thrown by a script whose address contains one of these texts, or matches, are dropped. */
  denyUrls?: readonly Matcher[]
  /**
   * Exceptions thrown by a script are dropped unless its address contains one of these texts, or matches. Those of which
   * no script is known pass. Scripts of other origins that match are taken for your own (`frames`, `fingerprint`).
   */
  allowUrls?: readonly Matcher[]
  /**
   * Rules against noise that nobody can act on, for exceptions that you did not log; each can be turned off, `false` turns
   * off all. @defaultValue all on
   */
  noise?: boolean | Partial<Record<NoiseRule, boolean>>
  rateLimits?: {
    /**
     * Equal exceptions that are recorded one by one in a minute, logged ones excepted; of the rest, dropped as `repeated`,
     * one record tells the number. @defaultValue `10`
     */
    perFingerprint?: number
    /**
     * Records that are taken in a minute, which begins with its first record; more are dropped, counted as `rate_limited`.
     * Exceptions may be half as many more. @defaultValue no limit
     */
    recordsPerMinute?: number
  }
  /** A visit is over after so much time without a record (`idleMs`), or in all (`maxMs`). @defaultValue 30 minutes, 4 hours */
  session?: { idleMs?: number; maxMs?: number }
  /**
   * The address as a bounded name, such as `/product/:id`: becomes `route`. Called on each change of the address, and where
   * it answers with another name a new view begins. At most 200 characters; what is no text counts as no route.
   */
  route?: (url: URL) => string | undefined
  /**
   * The trace that is running: called within each call that records something, so it should be quick. Joins logs with your
   * traces. Ids are 32 and 16 hexadecimal digits; others are left out.
   */
  getTraceContext?: () => { traceId: string; spanId?: string | undefined } | undefined
  /**
   * Told of each record that is kept, as it is sent: for other outputs beside the relay. Each gets a copy of its own. What a
   * sink logs is sent, and told to no sink. Where consent is pending, nothing is told before it is granted.
   */
  sinks?: readonly ((record: WireRecord) => void)[]
  /** Breadcrumbs that an exception takes along; 0 for none. @defaultValue `30` */
  maxBreadcrumbs?: number
}

/** A text that must be contained, or an expression that must match. */
export type Matcher = string | RegExp

/** Rules against noise, by name; see `docs/errors.md`. */
export type NoiseRule = 'scriptError' | 'resizeObserver' | 'extensions' | 'injected' | 'useless' | 'thirdPartyCalls'

/** What is taken for a secret, by name; see `docs/privacy.md`. */
export type RedactRule = 'keys' | 'jwt' | 'bearer' | 'email' | 'card' | 'iban' | 'tokens'

export interface RedactOptions {
  /** More names of keys whose values are replaced: a text is compared without regard to case and separators. */
  keys?: readonly Matcher[]
  /** More of what is replaced within texts. Expressions should be simple: they run over every text. */
  patterns?: readonly RegExp[]
  /** Rules to turn off, such as `{ email: false }`. */
  rules?: Partial<Record<RedactRule, boolean>>
}

/** The options with every default filled in: what the stages see. */
export interface CoreConfig {
  url: string
  key: string
  app?: string
  release?: string
  environment?: string
  minLevel: Level
  consoleLevels: readonly Level[]
  consent: Consent
  plugins: readonly Plugin[]
  /** By plugin: whether it runs, and how. */
  capture: { errors: boolean; rejections: boolean; [plugin: string]: boolean | object }
  redact: { keys: readonly Matcher[]; patterns: readonly RegExp[]; rules: Record<RedactRule, boolean> }
  /** Parameters that addresses keep; undefined where they keep their whole query. */
  allowedQuery: readonly string[] | undefined
  respectGpc: boolean
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

/** The same where there are the features of `loki-beacon`. */
export interface Config extends CoreConfig {
  sampleRate: number
  levelSampleRates: Partial<Record<Level, number>>
  ignoreErrors: readonly Matcher[]
  denyUrls: readonly Matcher[]
  allowUrls: readonly Matcher[]
  noise: Record<NoiseRule, boolean>
  rateLimits: { perFingerprint: number; recordsPerMinute: number }
  session: { idleMs: number; maxMs: number }
  route?: (url: URL) => string | undefined
  getTraceContext?: () => { traceId: string; spanId?: string | undefined } | undefined
  sinks: readonly ((record: WireRecord) => void)[]
  maxBreadcrumbs: number
}
