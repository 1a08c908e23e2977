import type { Kind, Level, WireBreadcrumb } from './wire.ts'

/**
 * Captures something of the page by itself. `capture` turns it on and off by its name, and sets its options:
 * `capture: { network: { slowMs: 1000 } }`. Those of this package are in `loki-beacon/capture`; `plugins` takes them,
 * and any of yours.
 */
export interface Plugin<Options extends object = object> {
  /** Its name below `capture`. */
  name: string
  /** Whether it runs where `capture` says nothing of it. */
  enabled: boolean
  /**
   * Tells of how the page is used and not of what goes wrong: it does not run where the browser asks for privacy, see
   * `respectGpc`. @defaultValue `false`
   */
  optional?: boolean
  /** Is of no use without breadcrumbs or sessions: `loki-beacon/core`, which has neither, refuses it. @defaultValue `false` */
  fullOnly?: boolean
  /**
   * All its options, with their defaults. What `capture` gives has to be of the same type: numbers are 0 or more, lists have
   * texts and expressions.
   */
  options?: Options
  /**
   * Starts it, once for each logger, and returns what stops it for good. What it throws is reported and swallowed; what
   * its own listeners throw is not, so wrap them in `host.guard`.
   */
  start(host: PluginHost, options: Options): () => void
}

/** What a plugin can do. Nothing of it throws. */
export interface PluginHost {
  /** Adds a record, as if the page had logged it: bounded, filtered, sampled, redacted. */
  record(draft: RecordDraft): void
  /** Adds an exception, whatever was thrown; one Error object never twice. */
  exception(thrown: unknown, mechanism: string, attributes?: object): void
  /** Remembers something that happened: the next exceptions tell of it. */
  breadcrumb(breadcrumb: Omit<WireBreadcrumb, 't'>): void
  /** An address as records may show it: absolute, without credentials, fragment, and query but for what is allowed. */
  showUrl(address: string): string
  /** Whether a request goes to the relay. */
  isOwnRequest(address: string): boolean
  /** Wraps a listener: what it throws is reported to `onError` and goes no further. */
  guard<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void
  /** Called when the page may be left for good, before its last records are sent. */
  onExit(callback: () => void): void
  /**
   * Called when a session begins, in the one tab that begins it, with the id of the session before where that has just
   * ended: at once for that of this page, and not before the user has consented. Returns what cancels it.
   */
  onSession(callback: (previous?: string) => void): () => void
  /** Called when the page's address has changed without a load, with both as records show them. */
  onRoute(listener: (change: RouteChange) => void): void
  /** Looks now whether the address has changed: for what hears of a change where the browser tells of none. */
  checkRoute(): void
  /** Like `setTimeout`, unpatched; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void
  /** The trace that the page says is running, if it says so, by ids that are valid: see `getTraceContext`. */
  traceContext(): { traceId: string; spanId?: string } | undefined
  /** Any value as one bounded line of text: a text as it is, an object as JSON. */
  describe(value: unknown): string
  /** Whether this very Error went into a record before. */
  isKnown(error: unknown): boolean
  /** Whether `beforeSend` or another hook of the page's is running, or our own printing: what it does is of our making. */
  isInHook(): boolean
  /** The page's clock in ms since the epoch, with a fraction; steady while the page lives. */
  nowMs(): number
}

/** Equal where only a part differs that records don't show, such as the fragment. */
export interface RouteChange {
  from: string
  to: string
}

export interface RecordDraft {
  kind: Exclude<Kind, 'exception'>
  level: Level
  message: string
  attributes?: object
  /** For `measurement`. Finite numbers. */
  values?: Record<string, number>
  /** What captured it. */
  mechanism?: string
  /** W3C ids of the trace that it belongs to, in 32 and 16 hexadecimal digits. */
  trace?: string
  span?: string
}
