/** Up to `good` is good, above `poor` is poor: https://web.dev/articles/defining-core-web-vitals-thresholds */
export const vitals = [
  { name: 'lcp', title: 'Largest Contentful Paint', good: 2500, poor: 4000, unit: 'ms' },
  { name: 'inp', title: 'Interaction to Next Paint', good: 200, poor: 500, unit: 'ms' },
  { name: 'cls', title: 'Cumulative Layout Shift', good: 0.1, poor: 0.25, unit: '' },
  { name: 'fcp', title: 'First Contentful Paint', good: 1800, poor: 3000, unit: 'ms' },
  { name: 'ttfb', title: 'Time to First Byte', good: 800, poor: 1800, unit: 'ms' },
]
const vitalNames = new Set(vitals.map(({ name }) => name))
const maxSamples = 500
const maxOthers = 50

/** Measurements by name, the newest of each, and of the web vitals how they are rated. */
export function createVitals() {
  /** By name: samples by the page view's id, or a number of ours where there is none. */
  const series = new Map()
  let next = 0

  function add({ kind, app, values, attributes, timestampMs }) {
    if (kind !== 'measurement') return
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      let samples = series.get(name)
      if (!samples) {
        if (!vitalNames.has(name) && series.size >= maxOthers) continue
        samples = new Map()
        series.set(name, samples)
      }
      // A page tells a vital again when it got worse: the last one counts.
      const id = vitalNames.has(name) && typeof attributes.id === 'string' ? attributes.id : next++
      samples.delete(id)
      samples.set(id, { app, value, timestampMs })
      if (samples.size > maxSamples) samples.delete(samples.keys().next().value)
    }
  }

  function valuesOf(name, app) {
    const samples = [...(series.get(name)?.values() ?? [])].filter(sample => !app || sample.app === app)
    return { sorted: samples.map(({ value }) => value).sort((a, b) => a - b), last: samples.at(-1) }
  }

  return {
    add,
    vitals: app =>
      vitals.map(vital => {
        const { sorted } = valuesOf(vital.name, app)
        const good = sorted.filter(value => value <= vital.good).length
        const poor = sorted.filter(value => value > vital.poor).length
        const p75 = percentile(sorted, 0.75)
        return {
          ...vital,
          count: sorted.length,
          p75,
          rating: rate(p75, vital),
          good,
          poor,
          fair: sorted.length - good - poor,
        }
      }),
    others: app =>
      [...series.keys()]
        .filter(name => !vitalNames.has(name))
        .map(name => {
          const { sorted, last } = valuesOf(name, app)
          return {
            name,
            count: sorted.length,
            p50: percentile(sorted, 0.5),
            p75: percentile(sorted, 0.75),
            last: last?.value,
          }
        })
        .filter(({ count }) => count > 0),
    clear: () => series.clear(),
  }
}

/** Nearest rank: of one sample all percentiles are that sample. */
function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}

function rate(value, { good, poor }) {
  if (value === undefined) return undefined
  return value <= good ? 'good' : value <= poor ? 'fair' : 'poor'
}
