import { loki } from '../dashboard.ts'
import type { Row } from '../layout.ts'
import { type PanelOptions, shares, stat, table, timeSeries } from '../panels.ts'
import { count, p75, records, type VitalName, vital } from '../records.ts'

interface Vital {
  title: string
  what: string
  unit: string
  /** Good up to the first, poor from the second on: https://web.dev/articles/vitals */
  bands: [number, number]
  decimals?: number
}

const vitals: Record<VitalName, Vital> = {
  lcp: {
    title: 'LCP',
    what: 'Until the largest part of the page is there. Red: see which routes are slow, then their largest image, its size and priority, and TTFB.',
    unit: 'ms',
    bands: [2500, 4000],
  },
  inp: {
    title: 'INP',
    what: 'Until the page answers a click or key. Red: long tasks; turn on `longFrames`, it names the script.',
    unit: 'ms',
    bands: [200, 500],
  },
  cls: {
    title: 'CLS',
    what: 'How much of the page jumps; Chrome alone tells. Red: give images, ads and late content their room beforehand.',
    unit: 'none',
    bands: [0.1, 0.25],
    decimals: 3,
  },
  fcp: {
    title: 'FCP',
    what: 'Until anything is there. Red, with a good TTFB: scripts and styles that block.',
    unit: 'ms',
    bands: [1800, 3000],
  },
  ttfb: {
    title: 'TTFB',
    what: 'Until the first byte. Red: the server, the cache in front of it, or redirects.',
    unit: 'ms',
    bands: [800, 1800],
  },
}
const names = Object.keys(vitals) as VitalName[]

const poor = (selector: string) => `${selector} | json rating="attributes.rating" | rating="poor"`
const steps = ([good, bad]: Vital['bands']): PanelOptions['steps'] => [['green'], ['orange', good], ['red', bad]]
const rated = records('measurement', '|= `"rating":`')

export const webVitals: Row = {
  title: 'Web vitals, 75th percentile',
  panels: [
    ...names.map((name, i) =>
      stat({
        title: `${vitals[name].title} p75`,
        description: `${vitals[name].what} Three of four are not above it. Returns from the back/forward cache count too, and a page that is hidden twice may count twice.`,
        unit: vitals[name].unit,
        decimals: vitals[name].decimals,
        steps: steps(vitals[name].bands),
        datasource: loki,
        queries: [{ expr: p75(name, 'app', '$__range') }],
        explore: poor(vital(name)),
        w: i === 0 ? 4 : 5,
        h: 4,
      }),
    ),
    timeSeries({
      title: 'LCP and TTFB p75 over time',
      description:
        'The dashed lines are those of LCP: good below the first, poor above the second. Both rise together: the server. LCP alone: what the page loads.',
      unit: 'ms',
      steps: steps(vitals.lcp.bands),
      datasource: loki,
      queries: [
        { expr: p75('lcp', 'app', '$__auto'), legend: 'LCP' },
        { expr: p75('ttfb', 'app', '$__auto'), legend: 'TTFB' },
      ],
      explore: poor(vital('lcp')),
      w: 12,
      h: 8,
    }),
    timeSeries({
      title: 'INP p75 over time',
      description:
        'A step at a deployment: that release does more work in its event handlers. Filter by release to be sure.',
      unit: 'ms',
      steps: steps(vitals.inp.bands),
      datasource: loki,
      queries: [{ expr: p75('inp', 'app', '$__auto'), legend: 'INP' }],
      explore: poor(vital('inp')),
      w: 12,
      h: 8,
    }),
    shares({
      title: 'Ratings',
      description:
        'How many measurements were good. A p75 is good when at least three quarters of its bar are green; the red part says how many are left behind.',
      unit: 'short',
      row: 'vital',
      part: 'rating',
      colors: { good: 'green', 'needs-improvement': 'orange', poor: 'red' },
      datasource: loki,
      queries: [
        {
          expr: count(`${rated} | json vital="message", rating="attributes.rating"`, 'vital, rating', '$__range'),
        },
      ],
      explore: poor(rated),
      w: 12,
      h: 8,
    }),
    table({
      title: 'Slowest routes',
      description:
        'Begin with the route above that has many visitors. Fails with more than 500 different paths: give routes names by `route` of the SDK.',
      unit: 'ms',
      units: { 'CLS p75': 'none' },
      datasource: loki,
      queries: (['lcp', 'inp', 'cls'] as const).map(name => ({ expr: p75(name, 'page_path', '$__range') })),
      values: ['LCP p75', 'INP p75', 'CLS p75'],
      explore: poor(vital('lcp')),
      w: 12,
      h: 8,
    }),
  ],
}
