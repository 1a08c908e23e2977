import { variable } from './variable.ts'

/** Type and variable of a data source: which one it is, the operator chooses on the dashboard. */
export interface DataSource {
  type: 'loki' | 'prometheus'
  uid: string
}

export interface Link {
  title: string
  url: string
}

/** Variables that Grafana fills in when somebody clicks; all else in a link is meant as it stands, `$__rate_interval` too. */
const variables = /%24(%7B)?(app|env|release|loki|prometheus|job|instance|__from|__to|__data\.fields\.\w+)(?:%7D)?/g

/**
 * Opens a query in Explore, in the dashboard's time range.
 * https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/#generate-explore-urls-from-external-tools
 */
export function exploreLink(title: string, datasource: DataSource, expr: string): Link {
  const panes = {
    a: {
      datasource: datasource.uid,
      queries: [{ refId: 'A', datasource, expr }],
      range: { from: variable('__from'), to: variable('__to') },
    },
  }
  const encoded = encodeURIComponent(JSON.stringify(panes)).replaceAll(variables, (_text, _brace, name) =>
    // A value with a quote in it makes a link that Explore refuses, and nothing else.
    variable(`${name}:percentencode`),
  )
  return { title, url: `/explore?schemaVersion=1&orgId=${variable('__org.id')}&panes=${encoded}` }
}
