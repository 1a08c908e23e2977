import type { Row } from '../layout.ts'
import { graph, rate } from './queries.ts'

export const recordRows: Row = {
  title: 'Records',
  panels: [
    graph(
      {
        title: 'Outcomes',
        description:
          'Records a second. Received and stored should lie on each other; stored below received: the spool fills. Many duplicates are harmless: pages that were not sure sent again.',
        unit: 'cps',
      },
      [
        { expr: rate('records_received_total', undefined, 'source="page"'), legend: 'received' },
        { expr: rate('records_stored_total'), legend: 'stored' },
        { expr: rate('records_duplicate_total'), legend: 'duplicate' },
        { expr: rate('records_rejected_total'), legend: 'rejected' },
      ],
    ),
    graph(
      {
        title: 'Rejected by reason',
        description:
          '`invalid_...` and `too_...`: a page, or anybody, sends what is none of the protocol. `quarantined`: Loki refused it for good; raise its limit, and retry. `expired`: waited too long. `damaged`: the disk did not keep it.',
        unit: 'cps',
      },
      [{ expr: rate('records_rejected_total', 'reason'), legend: '{{reason}}' }],
    ),
    graph(
      {
        title: 'Dropped by pages, by reason',
        description:
          'What pages say that they gave up themselves. `buffer_overflow` and `too_old`: devices were cut off for long, or the relay refused for long. `rate_limited`, `repeated`, `filtered`, `sample_rate`: as configured. `internal_error`: tell us.',
        unit: 'cps',
      },
      [{ expr: rate('client_dropped_total', 'reason'), legend: '{{reason}}' }],
    ),
  ],
}
