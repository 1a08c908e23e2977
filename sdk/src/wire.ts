/**
 * The contract between page and relay, version 1: what one line of a batch looks like, and what the relay answers.
 *
 * A batch is newline-delimited JSON: a {@link WireHeader}, then one {@link WireRecord} a line.
 * Types only, but for the two lists below; the relay imports the types and keeps limits of its own.
 * The full text with examples is `docs/protocol.md`.
 */

export const wireVersion = 1

/** Severity, lowest first. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof levels)[number]

/** What a record is: `log` and `exception` carry a message, `measurement` numbers, `event` a name. */
export const kinds = ['log', 'exception', 'measurement', 'event'] as const
export type Kind = (typeof kinds)[number]

/** JSON data, after the SDK has bounded its depth and size. */
export type WireValue = string | number | boolean | null | WireValue[] | { [key: string]: WireValue }
export type WireAttributes = Record<string, WireValue>

/** The first line of a batch. */
export interface WireHeader {
  v: 1
  /** Names the batch for ever: 16 to 36 characters of `[A-Za-z0-9_-]`, starting with its time (UUIDv7). */
  batch: string
  /** The page's wall clock when this attempt was sent, in ms since the epoch. */
  sentAtMs: number
  /** To be added to each `t` to get the relay's time, in ms; absent until the page has heard from the relay. */
  clockOffsetMs?: number
  /** Short-lived JWT, where the app demands one. */
  token?: string
  /** Name and version of the sender, e.g. `loki-beacon/0.1.0`. */
  sdk?: string
  context?: WireContext
  /** Records that the page gave up since its last delivered batch, by reason. */
  drops?: Record<string, number>
}

/** Who and where: the same for every record of a batch. */
export interface WireContext {
  app?: string
  release?: string
  environment?: string
  /** Session id: shared by the tabs of a visit. */
  session?: string
  /** Page instance id: `page` and a record's `n` together name the record. */
  page?: string
  /** Address of the page, without query and fragment unless allowed. */
  url?: string
  referrer?: string
  user?: WireAttributes
  browser?: string
  os?: string
  mobile?: boolean
  language?: string
  viewport?: string
  /** One view of a page: the page itself, then each route of a single-page app; changes with the address. */
  view?: string
  /** The address as a template, such as `/product/:id`, where the page gives one: bounded, unlike `url`. */
  route?: string
  /** `4g`, `3g`, `2g` or `slow-2g`, where the browser tells. */
  connection?: string
  /** Device memory in GB, rounded by the browser. */
  memoryGb?: number
  /** What the page set with `setContext`. */
  custom?: WireAttributes
}

/** One line of a batch after the first. */
export interface WireRecord {
  /** Counts up within a page instance. */
  n: number
  /** Event time: the page's wall clock in ms since the epoch, with a fraction. */
  t: number
  kind: Kind
  level: Level
  message: string
  attributes?: WireAttributes
  /** For `exception`, and for any record with an Error among its attributes. */
  error?: WireError
  /** For `measurement`. */
  values?: Record<string, number>
  /** What caught it: `onerror`, `onunhandledrejection`, `log` or a framework for an exception; `console`, `network`. */
  mechanism?: string
  /** Names what went wrong: the same for the same fault in the same place, 16 hex digits unless the page has set it. For exceptions. */
  fingerprint?: string
  /** How many equal exceptions this record stands for, beside the ones that were recorded one by one. */
  repeated?: number
  /** What led to an exception, oldest first. */
  breadcrumbs?: WireBreadcrumb[]
  /** The first exception of its session: counting these counts the sessions with errors. */
  sessionFirstError?: true
  /** W3C trace context, where the page supplies it. */
  trace?: string
  span?: string
}

export interface WireError {
  type: string
  message: string
  /** As the engine wrote it, bounded; of a message in it the first line. */
  stack?: string
  /** What could be read of `stack`, innermost first; without the SDK's own. */
  frames?: WireFrame[]
  /** `Error.cause`, followed to a bounded depth. */
  cause?: WireError
  /** `AggregateError.errors`, bounded. */
  errors?: WireError[]
  /** Own enumerable properties of the error (such as `code`), bounded. */
  properties?: WireAttributes
}

export interface WireFrame {
  function?: string
  /** Address of the script, without query and fragment. */
  file?: string
  /** From 1. Of what `eval` has made: the line of the call. */
  line?: number
  /** From 1. */
  column?: number
  /** The script is of another origin than the page and not among `allowUrls`, or of a browser extension. */
  thirdParty?: true
}

export interface WireBreadcrumb {
  /** Like a record's. */
  t: number
  /** What it was: `click`, `navigation`, `network`, `console`. */
  category: string
  message: string
  data?: Record<string, string | number | boolean>
}

/** The relay's answer 202: the batch is on disk. */
export interface WireAccepted {
  accepted: number
  duplicate: number
  rejected: WireRejected[]
  /** The relay's clock in ms since the epoch. */
  nowMs: number
}

export interface WireRejected {
  /** The record's `n`; absent where the line had none to read. */
  n?: number
  reason: string
}

/** Any other answer of the relay. */
export interface WireRefusal {
  error: { code: string; message: string }
}
