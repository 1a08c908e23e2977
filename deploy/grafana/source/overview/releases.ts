import { loki } from '../dashboard.ts'
import type { Row } from '../layout.ts'
import { table } from '../panels.ts'
import { count, crashFree, exceptions, firstErrors, sessionStarts } from '../records.ts'
import { variable } from '../variable.ts'

const kept = ['app:queryparam', 'env:queryparam', 'loki:queryparam', '__url_time_range'].map(variable).join('&')
const onlyThisRelease = `/d/loki-beacon-overview?${kept}&var-release=${variable('__data.fields.release:percentencode')}`

export const releases: Row = {
  title: 'Releases',
  panels: [
    table({
      title: 'Releases',
      description:
        'A new release that is less crash-free than the one before, over some hundred sessions: roll it back. A click chooses the release for the whole dashboard.',
      unit: 'short',
      datasource: loki,
      queries: [
        { expr: count(sessionStarts, 'release', '$__range') },
        { expr: count(firstErrors, 'release', '$__range') },
        { expr: count(exceptions, 'release', '$__range') },
        { expr: crashFree('release') },
      ],
      values: ['Sessions', 'Sessions with an error', 'Errors', 'Crash-free'],
      units: { 'Crash-free': 'percentunit' },
      links: {
        release: {
          title: 'Only this release',
          url: onlyThisRelease,
        },
      },
      explore: exceptions,
      w: 24,
      h: 7,
    }),
  ],
}
