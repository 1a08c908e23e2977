import { loki } from '../dashboard.ts'
import { exploreLink } from '../exploreLink.ts'
import type { Row } from '../layout.ts'
import { bars, logs, table, timeSeries } from '../panels.ts'
import { count, exceptions, failedLoads } from '../records.ts'
import { variable } from '../variable.ts'

const unit = 'short'

/** Messages of one fault differ in numbers, names and addresses: without these each fault is one row. */
const withoutDetails = String.raw`label_format error=${'`'}{{ trunc 100 (regexReplaceAll "\\w+://\\S+|\"[^\"]*\"|[\\w.-]*\\d[\\w.-]*" .message "*") }}${'`'}`
const named = `${exceptions} | json message="message" | ${withoutDetails}`

const ofFault = `${exceptions} | fingerprint="${variable('__data.fields.fingerprint')}"`
const ofSource = `${failedLoads} | json source="attributes.url" | source="${variable('__data.fields.source')}"`

export const errors: Row = {
  title: 'Errors',
  panels: [
    timeSeries({
      title: 'Errors by release',
      description:
        'A step at the time of a deployment: that release brought it. A step in all releases at once: look at the API and at third parties instead.',
      unit,
      datasource: loki,
      queries: [{ expr: count(exceptions, 'release', '$__auto'), legend: '{{release}}' }],
      explore: exceptions,
      stacked: true,
      w: 16,
      h: 8,
    }),
    bars({
      title: 'Errors by page',
      description:
        'Where they happen: `route` of the SDK, or else the path. One page alone: look at what it loads and calls. Fails with more than 500 different paths: give routes names.',
      unit,
      datasource: loki,
      queries: [{ expr: `topk(12, ${count(exceptions, 'page_path', '$__range')})` }],
      explore: exceptions,
      w: 8,
      h: 8,
    }),
    table({
      title: 'Top errors',
      description:
        'One row for each fault, whatever its messages; a click on its fingerprint shows its records with stacks and breadcrumbs. Take the ones above that are new. Fails with more than 500 different faults: choose a release, or less time.',
      unit,
      datasource: loki,
      queries: [{ expr: `topk(20, ${count(named, 'fingerprint, error', '$__range')})` }],
      values: ['Errors'],
      links: { fingerprint: exploreLink('Records of this fault', loki, ofFault) },
      explore: exceptions,
      w: 16,
      h: 9,
    }),
    table({
      title: 'Scripts and files that did not load',
      description:
        'After a deployment: old pages ask for files that are gone. Keep the files of the last releases. Else look at the CDN, or at what a blocker refuses.',
      unit,
      datasource: loki,
      queries: [{ expr: `topk(20, ${count(`${failedLoads} | json source="attributes.url"`, 'source', '$__range')})` }],
      values: ['Failures'],
      links: { source: exploreLink('Records of this file', loki, ofSource) },
      explore: failedLoads,
      w: 8,
      h: 9,
    }),
    logs({
      title: 'Latest errors',
      description:
        'What they say, with the page and the release. Open one for its stack, and for the session that it is part of.',
      unit,
      datasource: loki,
      queries: [
        { expr: `${exceptions} | json message="message" | line_format "{{.release}} {{.page_path}} {{.message}}"` },
      ],
      explore: exceptions,
      w: 24,
      h: 8,
    }),
  ],
}
