import type { Dashboard, VariableModel } from '@grafana/schema'
import type { DataSource } from './exploreLink.ts'
import { layOut, type Row } from './layout.ts'
import { variable } from './variable.ts'

export const loki: DataSource = { type: 'loki', uid: variable('loki') }
export const prometheus: DataSource = { type: 'prometheus', uid: variable('prometheus') }

interface DashboardOptions {
  uid: string
  title: string
  description: string
  variables: VariableModel[]
  rows: Row[]
}

/** The classic form of a dashboard, which Grafana imports, provisions and brings up to date by itself. */
export function dashboard({ uid, title, description, variables, rows }: DashboardOptions): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['loki-beacon'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    time: { from: 'now-6h', to: 'now' },
    refresh: '5m',
    templating: { list: variables },
    links: [
      {
        title: 'loki-beacon',
        type: 'dashboards',
        tags: ['loki-beacon'],
        icon: 'external link',
        tooltip: '',
        asDropdown: false,
        includeVars: false,
        keepTime: true,
        targetBlank: false,
      },
    ],
    panels: layOut(rows),
  }
}

/** Which data source of this type is asked. */
export function dataSourceVariable({ type, uid }: DataSource, label: string): VariableModel {
  return { type: 'datasource', name: uid.slice(2, -1), label, query: type, refresh: 1, regex: '' }
}
