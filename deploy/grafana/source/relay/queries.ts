import { prometheus } from '../dashboard.ts'
import { type PanelOptions, type Query, stat, timeSeries } from '../panels.ts'

/** The relays that the dashboard's variables choose. */
export const chosen = 'job="$job", instance=~"$instance"'

export function metric(name: string, labels = ''): string {
  return `loki_beacon_${name}{${labels ? `${labels}, ` : ''}${chosen}}`
}

export function rate(name: string, by?: string, labels = ''): string {
  return `sum${by ? ` by (${by})` : ''} (rate(${metric(name, labels)}[$__rate_interval]))`
}

export function increase(name: string, labels = ''): string {
  return `sum(increase(${metric(name, labels)}[$__range]))`
}

export function quantiles(name: string): Query[] {
  return [0.5, 0.95, 0.99].map(q => ({
    expr: `histogram_quantile(${q}, ${rate(`${name}_bucket`, 'le')})`,
    legend: `p${q * 100}`,
  }))
}

type Texts = Pick<PanelOptions, 'title' | 'description' | 'unit'>

export function number(texts: Texts, expr: string, steps: PanelOptions['steps']) {
  return stat({ ...texts, datasource: prometheus, queries: [{ expr }], steps, w: 4, h: 4 })
}

export function graph(texts: Texts & Pick<PanelOptions, 'steps' | 'max'>, queries: Query[], w = 8) {
  return timeSeries({ ...texts, datasource: prometheus, queries, w, h: 8 })
}
