import { loki } from '../dashboard.ts'
import { exploreLink } from '../exploreLink.ts'
import type { Row } from '../layout.ts'
import { table, timeSeries } from '../panels.ts'
import { count, requests } from '../records.ts'
import { variable } from '../variable.ts'

/** Ids in paths would make a row of each request. */
const withoutIds = String.raw`label_format endpoint=${'`'}{{ regexReplaceAll "/([^/]*\\d\\d[^/]*|\\d\\b)" .path "/*" }}${'`'}`
const fields = 'method="attributes.method", host="attributes.host", path="attributes.path"'
const named = `${requests} | json ${fields}, reason="attributes.reason", status="attributes.status" | ${withoutIds}`
const timed = `${requests} | json ${fields}, reason="attributes.reason", status="attributes.status", duration="attributes.durationMs" | ${withoutIds} | unwrap duration`
const labels = 'method, host, endpoint, reason, status'
const ofHost = `${requests} | json host="attributes.host" | host="${variable('__data.fields.host')}"`

export const failedRequests: Row = {
  title: 'Requests',
  panels: [
    timeSeries({
      title: 'Slow and failing requests by reason',
      description:
        "`status`: the server answered with an error; look at its own log, by trace id. `network`: no connection, or CORS or a blocker refused; mostly the user's network, unless it is a step. `timeout`, `slow`: the server, or the way to it.",
      unit: 'short',
      datasource: loki,
      queries: [
        { expr: count(`${requests} | json reason="attributes.reason"`, 'reason', '$__auto'), legend: '{{reason}}' },
      ],
      explore: requests,
      stacked: true,
      w: 10,
      h: 9,
    }),
    table({
      title: 'Slow and failing requests',
      description:
        'By endpoint; parts of paths that look like ids are `*`. Only those that failed, or took longer than `slowMs` of the SDK. Hand the trace ids of one to the team that owns the host.',
      unit: 'short',
      units: { Longest: 'ms' },
      datasource: loki,
      queries: [
        { expr: `topk(20, ${count(named, labels, '$__range')})` },
        { expr: `topk(20, max_over_time(${timed} [$__range]) by (${labels}))` },
      ],
      values: ['Requests', 'Longest'],
      links: { host: exploreLink('Records of this host', loki, ofHost) },
      explore: requests,
      w: 14,
      h: 9,
    }),
  ],
}
