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
  /** All its options, with their defaults. */
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
  /** Called when the page's address has changed without a load, with both as records show them. */
  onRoute(listener: (change: RouteChange) => void): void
  /** Like `setTimeout`, unpatched; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void
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
}
