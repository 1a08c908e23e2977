/**
 * What is captured without a call of yours: each `true`, `false`, or its options (which mean `true`). All but `errors` and
 * `rejections` is done by plugins: `loki-beacon` has them all, `loki-beacon/core` those that you hand it as `plugins`.
 */
export interface CaptureOptions {
  /** Uncaught errors (`window.onerror`). @defaultValue `true` */
  errors?: boolean
  /** Unhandled promise rejections. @defaultValue `true` */
  rejections?: boolean
  /** An event `session_start` for each session. @defaultValue `true` */
  session?: boolean
  /**
   * Core Web Vitals: LCP, INP, CLS, FCP and TTFB, one measurement each, once known; with what was behind them where the
   * plugin `webVitalsAttribution` takes their place. @defaultValue `true`
   */
  webVitals?: boolean
  /** Timing of the page's load, and route changes within the page. @defaultValue `true` */
  navigation?: boolean
  /** Scripts, styles, images and other resources that fail to load. @defaultValue `true` */
  resources?: boolean
  /** Requests (fetch, XMLHttpRequest) that fail or are slow. @defaultValue `true` */
  network?: boolean | NetworkOptions
  /** Violations of the page's Content-Security-Policy. @defaultValue `true` */
  csp?: boolean
  /** What the browser reports of deprecated APIs, interventions and crashes (Reporting API). @defaultValue `true` */
  reports?: boolean
  /** Frames in which scripts blocked the page (Long Animation Frames). @defaultValue `false` */
  longFrames?: boolean | { minBlockingMs?: number }
  /** When the page is hidden and shown again. @defaultValue `false` */
  visibility?: boolean
  /** When the browser goes offline and online. @defaultValue `true` */
  connectivity?: boolean
  /** What the page's scripts print to the console. @defaultValue `false` */
  console?: boolean | ConsoleOptions
  /** Breadcrumbs of clicks, with a short selector and never a text. @defaultValue `true` */
  clicks?: boolean
}

export type ConsoleLevel = 'debug' | 'log' | 'info' | 'warn' | 'error'

export interface ConsoleOptions {
  /** Methods whose lines are captured. @defaultValue all five */
  levels?: ConsoleLevel[]
  /** Whether lines are records; else they are breadcrumbs alone, without those of `debug`. @defaultValue `true` */
  records?: boolean
}

export interface NetworkOptions {
  /** A request that takes longer is recorded, in ms: with fetch until the answer begins. @defaultValue `3000` */
  slowMs?: number
  /** Answers that count as failed, from this status on. @defaultValue `400` */
  failedStatus?: number
  /**
   * Origins whose requests get a W3C `traceparent` header: `https://api.example.com`, its host alone, `'self'` for the
   * page's own, or an expression that the origin must match. Others than the page's own must allow that header (CORS), or the
   * browser refuses the request. @defaultValue none
   */
  propagateTraceTo?: (string | RegExp)[]
  /** Requests whose address contains one of these texts, or matches, are left alone. @defaultValue none */
  ignoreUrls?: (string | RegExp)[]
}
