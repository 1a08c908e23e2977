import type { WireContext, WireRecord } from 'loki-beacon/wire'
import { event, exception, log, request, vital, vitals } from './visitRecords.ts'

/** What one page sends, as the SDK writes it. */
export interface Visit {
  key: string
  /** When its first record was made. */
  minutesAgo: number
  /** From each record to the next. @defaultValue `1000` */
  everyMs?: number
  context: WireContext
  records: Partial<WireRecord>[]
}

/** `TypeError: no cart <n>` in `pay`, as `docs/errors.md` computes it. */
export const noCart = '134d0e19ad37d72d'
export const badCoupon = '7b0c11d2a98e4f60'

const click = { t: 1, category: 'click', message: 'main#shop > form > button.primary[data-testid=buy]' }

/**
 * Four visits of the last quarter of an hour to an app with two releases, one of two hours ago, and two to another app:
 * few enough to count by hand.
 *
 * | session | release | page | user | sessions | errors |
 * |---|---|---|---|---|---|
 * | s_early | 1.4.2 | /cart | | began 2 h ago | no cart |
 * | s_calm | 1.4.2 | / | | 1 | |
 * | s_cart | 1.4.2 | /cart | u_41 | 1 | no cart |
 * | s_pay | 1.5.0 | /checkout | u_42 | 1 | no cart, no cart, bad coupon |
 * | s_loop | 1.5.0 | /checkout | | 1 | no cart, and once more for 40 repetitions |
 */
export const visits: Visit[] = [
  visit('s_early', '1.4.2', '/cart', 120, { browser: 'Chrome 156' }, [
    event('session_start'),
    exception(noCart, 'TypeError', 'no cart 3', { sessionFirstError: true }),
  ]),
  visit('s_calm', '1.4.2', '/', 14, { browser: 'Chrome 156', connection: '4g' }, [
    event('session_start'),
    ...vitals({ lcp: 1000, inp: 100, cls: 0.01, fcp: 500, ttfb: 100 }),
    vital('lcp', 2000),
    request('GET', '/search', { status: 200, durationMs: 4200, reason: 'slow' }, 'warn'),
    event('route_change', { from: 'https://shop.example/', to: 'https://shop.example/cart' }),
  ]),
  visit('s_cart', '1.4.2', '/cart', 10, { browser: 'Firefox 152', connection: '3g', user: { id: 'u_41' } }, [
    event('session_start'),
    ...vitals({ lcp: 3000, inp: 150, cls: 0.02, fcp: 1000, ttfb: 200 }),
    request('GET', '/cart', { durationMs: 30, reason: 'network' }, 'warn'),
    exception(noCart, 'TypeError', 'no cart 17', { sessionFirstError: true }),
  ]),
  visit(
    's_pay',
    '1.5.0',
    '/checkout',
    6,
    { browser: 'Chrome 156', connection: '4g', user: { id: 'u_42', plan: 'pro' } },
    [
      event('session_start', { previous: 's_older' }),
      ...vitals({ lcp: 4500, inp: 180, cls: 0.05, fcp: 2000, ttfb: 700 }),
      { kind: 'log', level: 'info', message: 'checkout clicked', attributes: { cart: 3 } },
      event('coupon used', { code: 'SPRING' }),
      request('POST', '/v1/orders/4711', { status: 503, durationMs: 182, reason: 'status' }, 'error', {
        trace: '0af7651916cd43dd8448eb211c80319c',
        span: 'b7ad6b7169203331',
      }),
      exception(noCart, 'TypeError', 'no cart 17', { sessionFirstError: true, breadcrumbs: [click] }),
      exception(noCart, 'TypeError', 'no cart 18'),
      exception(badCoupon, 'RangeError', 'coupon "SPRING" is over', { mechanism: 'log' }),
      {
        kind: 'measurement',
        level: 'info',
        message: 'search_ms',
        values: { search_ms: 182 },
        attributes: { hits: 12 },
      },
    ],
  ),
  visit('s_loop', '1.5.0', '/checkout', 2, { browser: 'Safari 26', connection: '4g' }, [
    event('session_start'),
    ...vitals({ lcp: 6000, inp: 300, cls: 0.2, fcp: 2500, ttfb: 900 }),
    request('POST', '/v1/orders/4712', { status: 503, durationMs: 90, reason: 'status' }, 'error'),
    exception(noCart, 'TypeError', 'no cart 19', { sessionFirstError: true }),
    exception(noCart, 'TypeError', 'no cart 19', { repeated: 40 }),
    log('error', 'failed to load script', { tag: 'script', url: 'https://shop.example/chunk.js' }),
    log('warn', 'csp violation img-src', {
      directive: 'img-src',
      blocked: 'https://x.example/1.png',
      disposition: 'enforce',
    }),
    event('offline'),
    event('online', { offlineMs: 5000 }),
  ]),
  {
    ...visit('s_blog', '9.0.0', '/cart', 5, { browser: 'Chrome 156', user: { id: 'u_42' } }, [
      event('session_start'),
      ...vitals({ lcp: 60_000, inp: 6000, cls: 6, fcp: 60_000, ttfb: 60_000 }),
      request('GET', '/posts', { status: 500, durationMs: 9, reason: 'status' }, 'error'),
      exception(noCart, 'TypeError', 'no cart 1', { sessionFirstError: true }),
    ]),
    key: 'pk_blog',
  },
  { ...visit('s_fine', '9.0.1', '/', 4, { browser: 'Chrome 156' }, [event('session_start')]), key: 'pk_blog' },
]

function visit(
  session: string,
  release: string,
  path: string,
  minutesAgo: number,
  more: Partial<WireContext>,
  records: Partial<WireRecord>[],
): Visit {
  const url = `https://shop.example${path}`
  return { key: 'pk_shop', minutesAgo, context: { app: 'shop', session, release, url, ...more }, records }
}
