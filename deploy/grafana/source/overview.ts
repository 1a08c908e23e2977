import { dashboard, dataSourceVariable, loki } from './dashboard.ts'
import { browsers } from './overview/browsers.ts'
import { errors } from './overview/errors.ts'
import { health } from './overview/health.ts'
import { releases } from './overview/releases.ts'
import { failedRequests } from './overview/requests.ts'
import { webVitals } from './overview/vitals.ts'

const anything = '.*'

export const overview = dashboard({
  uid: 'loki-beacon-overview',
  title: 'loki-beacon: overview',
  description: 'What the browsers of an app tell: errors, sessions, releases, web vitals, requests.',
  variables: [
    dataSourceVariable(loki, 'Loki'),
    {
      type: 'query',
      name: 'app',
      label: 'App',
      datasource: loki,
      query: { type: 1, label: 'app', stream: '{kind=~"log|exception|measurement|event"}', refId: 'app' },
      refresh: 1,
      sort: 1,
    },
    {
      type: 'query',
      name: 'env',
      label: 'Environment',
      datasource: loki,
      query: { type: 1, label: 'env', stream: '{app="$app"}', refId: 'env' },
      refresh: 1,
      sort: 1,
      includeAll: true,
      // Apps without an environment have no such label, and match too.
      allValue: anything,
      current: { text: 'All', value: '$__all' },
    },
    {
      // Loki lists the values of labels, and the release is none unless the relay is told so.
      type: 'textbox',
      name: 'release',
      label: 'Release (expression)',
      query: anything,
      current: { text: anything, value: anything },
    },
  ],
  rows: [health, errors, releases, webVitals, failedRequests, browsers],
})
