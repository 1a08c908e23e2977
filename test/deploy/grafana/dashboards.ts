import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard, Panel, RowPanel, VariableModel } from '@grafana/schema'

export interface Target {
  refId: string
  expr: string
}

export interface Link {
  title: string
  url: string
}

const directory = join(import.meta.dirname, '../../../deploy/grafana/dashboards')

/** What an operator imports. */
export function readDashboard(name: 'overview' | 'relay'): Dashboard {
  return JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Dashboard
}

export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => !isRow(panel))
}

export function targetsOf({ targets = [] }: Panel): Target[] {
  return targets as unknown as Target[]
}

/** Those of its head, and those of its cells. */
export function linksOf({ links = [], fieldConfig }: Panel): Link[] {
  const ofCells = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter(({ id }) => id === 'links').flatMap(({ value }) => value as Link[]),
  )
  return [...(links as Link[]), ...ofCells]
}

export function variablesOf({ templating }: Dashboard): VariableModel[] {
  return templating?.list ?? []
}

/** Fills variables in as Grafana does: `$app`, `${app}` and `${app:percentencode}`; an unknown one stays as it is. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\{([\w.]+)(?::(\w+))?\}|(\w+))/g, (whole, braced, format, bare) => {
    const value = values[braced ?? bare]
    if (value === undefined) return whole
    return format === 'percentencode' ? encodeURIComponent(value) : value
  })
}

/** What Explore makes of a link. */
export function queryOfExplore(url: string): { expr: string; datasource: { uid: string }; range: object } {
  const panes = JSON.parse(new URL(url, 'https://grafana.example').searchParams.get('panes') ?? '') as Record<
    string,
    { queries: { expr: string; datasource: { uid: string } }[]; range: object }
  >
  const [pane] = Object.values(panes)
  return { ...pane!.queries[0]!, range: pane!.range }
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row'
}
