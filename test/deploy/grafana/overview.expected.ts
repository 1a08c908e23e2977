import { badCoupon, noCart } from '../knownVisits.ts'
import type { Answer } from '../visitedLoki.ts'

const one = (value: number): Answer[] => [[{}, value]]
const shop = (value: number): Answer[] => [[{ app: 'shop' }, value]]
const by = (label: string, values: Record<string, number>): Answer[] =>
  Object.entries(values).map(([name, value]) => [{ [label]: name }, value])
const request = (method: string, endpoint: string, reason: string, status: string, value: number): Answer => [
  { endpoint, host: 'api.shop.example', method, reason, status },
  value,
]
const rating = (vital: string, name: string, value: number): Answer => [{ rating: name, vital }, value]

/** What each query of the overview has to answer, by panel: counted by hand in `knownVisits.ts`, for the last hour. */
export const overviewAnswers: Record<string, Answer[][]> = {
  Errors: [one(6)],
  'Crash-free sessions': [one(0.25)],
  Sessions: [one(4)],
  'Sessions with an error': [one(3)],
  'Signed-in sessions with an error': [one(2)],
  'New errors': [one(1)],
  'Errors by release': [by('release', { '1.4.2': 1, '1.5.0': 5 })],
  'Errors by page': [by('page_path', { '/cart': 1, '/checkout': 5 })],
  'Top errors': [
    [
      [{ error: 'RangeError: coupon * is over', fingerprint: badCoupon }, 1],
      [{ error: 'TypeError: no cart *', fingerprint: noCart }, 5],
    ],
  ],
  'Scripts and files that did not load': [by('source', { 'https://shop.example/chunk.js': 1 })],
  Releases: [
    by('release', { '1.4.2': 2, '1.5.0': 2 }),
    by('release', { '1.4.2': 1, '1.5.0': 2 }),
    by('release', { '1.4.2': 1, '1.5.0': 5 }),
    by('release', { '1.4.2': 0.5, '1.5.0': 0 }),
  ],
  'LCP p75': [shop(4500)],
  'INP p75': [shop(210)],
  'CLS p75': [shop(0.0875)],
  'FCP p75': [shop(2125)],
  'TTFB p75': [shop(750)],
  'LCP and TTFB p75 over time': [shop(4500), shop(750)],
  'INP p75 over time': [shop(210)],
  Ratings: [
    [
      rating('cls', 'good', 3),
      rating('fcp', 'good', 2),
      rating('inp', 'good', 3),
      rating('lcp', 'good', 2),
      rating('ttfb', 'good', 3),
      rating('cls', 'needs-improvement', 1),
      rating('fcp', 'needs-improvement', 2),
      rating('inp', 'needs-improvement', 1),
      rating('lcp', 'needs-improvement', 1),
      rating('ttfb', 'needs-improvement', 1),
      rating('lcp', 'poor', 2),
    ],
  ],
  'Slowest routes': [
    by('page_path', { '/': 1750, '/cart': 3000, '/checkout': 5625 }),
    by('page_path', { '/': 100, '/cart': 150, '/checkout': 270 }),
    by('page_path', { '/': 0.01, '/cart': 0.02, '/checkout': 0.1625 }),
  ],
  'Slow and failing requests by reason': [by('reason', { network: 1, slow: 1, status: 2 })],
  'Slow and failing requests': [
    [
      request('GET', '/cart', 'network', '', 1),
      request('GET', '/search', 'slow', '200', 1),
      request('POST', '/v1/orders/*', 'status', '503', 2),
    ],
    [
      request('GET', '/cart', 'network', '', 30),
      request('GET', '/search', 'slow', '200', 4200),
      request('POST', '/v1/orders/*', 'status', '503', 182),
    ],
  ],
  'Sessions by browser': [by('browser', { 'Chrome 156': 2, 'Firefox 152': 1, 'Safari 26': 1 })],
  'Errors by browser': [by('browser', { 'Chrome 156': 3, 'Firefox 152': 1, 'Safari 26': 2 })],
}

/** Of the panel that shows lines. */
export const latestErrors = [
  '1.4.2 /cart TypeError: no cart 17',
  '1.5.0 /checkout TypeError: no cart 17',
  '1.5.0 /checkout TypeError: no cart 18',
  '1.5.0 /checkout RangeError: coupon "SPRING" is over',
  '1.5.0 /checkout TypeError: no cart 19',
  '1.5.0 /checkout TypeError: no cart 19',
]
