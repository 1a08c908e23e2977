import { dashboard, dataSourceVariable, prometheus } from './dashboard.ts'
import { lanes } from './relay/lanes.ts'
import { now } from './relay/now.ts'
import { pages } from './relay/pages.ts'
import { process } from './relay/process.ts'
import { recordRows } from './relay/records.ts'
import { spool } from './relay/spool.ts'

export const relay = dashboard({
  uid: 'loki-beacon-relay',
  title: 'loki-beacon: relay',
  description: 'What the relays do: outcomes of records, spool, lanes, latency, drops.',
  variables: [
    dataSourceVariable(prometheus, 'Prometheus'),
    {
      type: 'query',
      name: 'job',
      label: 'Job',
      datasource: prometheus,
      query: { query: 'label_values(loki_beacon_info, job)', refId: 'job' },
      refresh: 1,
      sort: 1,
    },
    {
      type: 'query',
      name: 'instance',
      label: 'Relay',
      datasource: prometheus,
      query: { query: 'label_values(loki_beacon_info{job="$job"}, instance)', refId: 'instance' },
      refresh: 1,
      sort: 1,
      includeAll: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    },
  ],
  rows: [now, recordRows, spool, lanes, pages, process],
})
