import { FieldColorModeId, type FieldConfigSource, type Panel, ThresholdsMode } from '@grafana/schema'
import { type DataSource, exploreLink } from './exploreLink.ts'
import type { SizedPanel } from './layout.ts'

export interface Query {
  expr: string
  /** Name of the series, such as `{{release}}`. */
  legend?: string
}

export interface PanelOptions {
  title: string
  /** What it tells, and what to do when it is red. */
  description: string
  /** Grafana's name of it, such as `ms`: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  unit: string
  datasource: DataSource
  queries: Query[]
  /** What Explore is to show; without it, the first query. */
  explore?: string
  /** Width of 24, and height. */
  w: number
  h: number
  /** The color from each value on; the first one from the least. */
  steps?: [color: string, from?: number][]
  max?: number
  decimals?: number
}

interface Kind {
  type: string
  options: Record<string, unknown>
  custom?: Record<string, unknown>
  overrides?: FieldConfigSource['overrides']
  transformations?: Panel['transformations']
  /** A single evaluation over the whole time range; else one for each point of the graph. */
  instant: boolean
}

const asTheyAre = { calcs: ['lastNotNull'], fields: '', values: false }

/** One number, colored by its steps. */
export function stat(options: PanelOptions): SizedPanel {
  const colorMode = options.steps ? 'background' : 'value'
  return panel(options, {
    type: 'stat',
    instant: true,
    options: { reduceOptions: asTheyAre, colorMode, graphMode: 'none' },
  })
}

/** How it went, as lines, or as stacked bars where values are counts of intervals. */
export function timeSeries(options: PanelOptions & { stacked?: boolean }): SizedPanel {
  const bars = { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking: { group: 'A', mode: 'normal' } }
  const lines = { drawStyle: 'line', fillOpacity: 5, lineWidth: 2, spanNulls: true }
  const thresholdsStyle = { mode: options.steps ? 'dashed' : 'off' }
  return panel(options, {
    type: 'timeseries',
    instant: false,
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    custom: { ...(options.stacked ? bars : lines), thresholdsStyle },
  })
}

/** Values beside each other, by their label. */
export function bars(options: PanelOptions): SizedPanel {
  return panel(options, {
    type: 'bargauge',
    instant: true,
    options: {
      reduceOptions: { ...asTheyAre, values: true, limit: 12 },
      orientation: 'horizontal',
      displayMode: 'basic',
      sizing: 'auto',
    },
    transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }],
  })
}

export interface TableOptions extends PanelOptions {
  /** Heads of the columns of values, in the order of the queries; the first one sorts. */
  values: string[]
  /** Where a click on the cells of a column leads, by the column's name. */
  links?: Record<string, { title: string; url: string }>
  /** Units of columns that have another than the panel. */
  units?: Record<string, string>
}

/** One row for each set of labels, one column for each label and query. */
export function table({ values, links = {}, units = {}, ...options }: TableOptions): SizedPanel {
  const renamed = Object.fromEntries(values.map((name, i) => [`Value #${refId(i)}`, name]))
  const overrides = [...new Set([...Object.keys(links), ...Object.keys(units)])].map(name => ({
    matcher: { id: 'byName', options: name },
    properties: [
      ...(links[name] ? [{ id: 'links', value: [links[name]] }] : []),
      ...(units[name] ? [{ id: 'unit', value: units[name] }] : []),
    ],
  }))
  return panel(options, {
    type: 'table',
    instant: true,
    options: { showHeader: true, sortBy: [{ displayName: values[0], desc: true }] },
    overrides,
    transformations: [
      { id: 'merge', options: {} },
      { id: 'organize', options: { excludeByName: { Time: true }, renameByName: renamed } },
    ],
  })
}

/** A bar for each row, of parts that make up a whole, by the color of each part. */
export function shares(
  options: PanelOptions & { row: string; part: string; colors: Record<string, string> },
): SizedPanel {
  const { row, part, colors } = options
  return panel(options, {
    type: 'barchart',
    instant: true,
    options: { stacking: 'percent', orientation: 'horizontal', showValue: 'auto', legend: { placement: 'bottom' } },
    overrides: Object.entries(colors).map(([name, fixedColor]) => ({
      matcher: { id: 'byName', options: name },
      properties: [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor } }],
    })),
    transformations: [
      { id: 'groupingToMatrix', options: { rowField: row, columnField: part, valueField: 'Value #A' } },
    ],
  })
}

/** The lines themselves, the newest first. */
export function logs(options: PanelOptions): SizedPanel {
  return panel(options, {
    type: 'logs',
    instant: false,
    options: {
      showTime: true,
      wrapLogMessage: true,
      enableLogDetails: true,
      sortOrder: 'Descending',
      dedupStrategy: 'none',
    },
  })
}

function panel(options: PanelOptions, kind: Kind): SizedPanel {
  const { title, description, unit, datasource, queries, explore, w, h, steps, max, decimals } = options
  const thresholds = {
    mode: ThresholdsMode.Absolute,
    steps: (steps ?? [['green']]).map(([color, value = null]) => ({ color, value })),
  }
  const mode = steps && kind.type !== 'timeseries' ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassic
  const { title: linkTitle, url } = exploreLink('Explore', datasource, explore ?? queries[0]!.expr)
  return {
    title,
    description,
    type: kind.type,
    datasource,
    gridPos: { w, h } as SizedPanel['gridPos'],
    links: [
      {
        title: linkTitle,
        url,
        type: 'link',
        icon: 'compass',
        tags: [],
        tooltip: '',
        asDropdown: false,
        includeVars: false,
        keepTime: false,
        targetBlank: true,
      },
    ],
    targets: queries.map(({ expr, legend }, i) => ({
      refId: refId(i),
      datasource,
      expr,
      ...(legend && { legendFormat: legend }),
      ...(datasource.type === 'loki'
        ? { queryType: kind.instant ? 'instant' : 'range' }
        : { instant: kind.instant, range: !kind.instant, ...(kind.type === 'table' && { format: 'table' }) }),
    })),
    fieldConfig: {
      defaults: { unit, max, decimals, color: { mode }, thresholds, custom: kind.custom },
      overrides: kind.overrides ?? [],
    },
    options: kind.options,
    transformations: kind.transformations,
  }
}

function refId(index: number): string {
  return String.fromCharCode(65 + index)
}
