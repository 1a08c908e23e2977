import type { InitOptions } from '../../sdk/src/index.ts'
import { errorsAlone, serveSdkPages } from '../browser/sdkPage.ts'
import type { Intake } from '../support/intake.ts'
import { waitFor } from '../support/waitFor.ts'

/** What a page shall log by itself, from its start on. */
export interface Schedule {
  count: number
  everyMs: number
  /** So many at each time. @defaultValue `1` */
  perTick?: number
  /** So many more follow as errors, after a pause. @defaultValue `0` */
  errors?: number
  /** Goes there in the task that logs the last. */
  thenTo?: string
}

export interface LoggingPages {
  /** A page that logs `record 0` and so on, as scheduled, with nobody driving it. */
  logging(schedule: Schedule): string
  /** A page with the SDK that logs nothing, and looks what is on the device. */
  quiet: string
  /** A page without the SDK. */
  without: string
  /** How many records have been logged until that wall clock, as far as the page could tell. */
  loggedUntil(wallMs: number): number
  hasLogged(count: number, limitMs?: number): Promise<unknown>
  /** Waits for the quiet page to find nothing on the device. */
  nothingLeft(): Promise<unknown>
  close(): Promise<void>
}

const timeoutMs = 30_000

/** The pages tell what they do by requests, since no driver can ask them. */
export async function serveLoggingPages(intake: Intake, options: Partial<InitOptions> = {}): Promise<LoggingPages> {
  const init = JSON.stringify({ url: intake.url, key: 'pk_shop_web', capture: errorsAlone, ...options })
  const withSdk = (script: string) =>
    `<script src="/sdk/loki-beacon.js"></script><script>lokiBeacon.init(${init})\n${script}</script>`
  const { origin, requests, close } = await serveSdkPages({
    '/quiet': withSdk(reportRows),
    '/logging': withSdk(logBySchedule),
    '/without': '',
  })

  function loggedUntil(wallMs: number): number {
    const reports = requests.flatMap(path => {
      const [, count, atMs] = /^\/logged\/(\d+)\/(\d+)$/.exec(path) ?? []
      return Number(atMs) <= wallMs ? [Number(count)] : []
    })
    return Math.max(0, ...reports)
  }

  return {
    logging: schedule => `${origin}/logging?${encodeURIComponent(JSON.stringify(schedule))}`,
    quiet: `${origin}/quiet`,
    without: `${origin}/without`,
    loggedUntil,
    hasLogged: (count, limitMs = timeoutMs) =>
      waitFor(() => loggedUntil(Date.now()) >= count, {
        timeoutMs: limitMs,
        everyMs: 5,
        what: `${count} records to be logged`,
      }),
    nothingLeft() {
      const before = requests.length
      return waitFor(() => requests.slice(before).includes('/rows/0'), { timeoutMs, what: 'no rows on the device' })
    },
    close,
  }
}

// The pause is longer than records are held back, and between two errors passes less than between two writes.
const logBySchedule = `
  const { count, everyMs, perTick = 1, errors = 0, thenTo } = JSON.parse(decodeURIComponent(location.search.slice(1)))
  let logged = 0
  const report = () => fetch('/logged/' + logged + '/' + Date.now()).catch(() => {})
  const timer = setInterval(() => {
    for (let i = 0; i < perTick && logged < count; i++) lokiBeacon.info('record ' + logged++)
    report()
    if (logged < count) return
    clearInterval(timer)
    if (errors) setTimeout(logError, 400)
    if (thenTo) location.assign(thenTo)
  }, everyMs)
  function logError() {
    lokiBeacon.error('record ' + logged++)
    report()
    if (logged < count + errors) setTimeout(logError, 30)
  }
`

const reportRows = `
  setInterval(() => {
    const open = indexedDB.open('loki-beacon')
    open.onupgradeneeded = () => open.transaction.abort()
    open.onsuccess = () => {
      const rows = open.result.transaction('batches').objectStore('batches').count()
      rows.onsuccess = () => fetch('/rows/' + rows.result)
      open.result.close()
    }
  }, 200)
`
