import type { Row } from '../layout.ts'
import { increase, metric, number } from './queries.ts'

export const now: Row = {
  title: 'Now',
  panels: [
    number(
      {
        title: 'Oldest record that waits',
        description:
          'Red: nothing has come through to Loki for more than ten minutes. Look at the lanes below, and at what `/ready` of the relay says. Nothing is lost while there is room.',
        unit: 's',
      },
      `max(${metric('spool_oldest_age_seconds')})`,
      [['green'], ['orange', 60], ['red', 600]],
    ),
    number(
      {
        title: 'Spool in use',
        description:
          'Of its quota, or of what its disk leaves of that. At 100 % pages are answered 503 and keep their records. Mend what keeps Loki away; or raise `spool.maxBytes` where the disk allows it.',
        unit: 'percentunit',
      },
      `max(1 - ${metric('spool_free_bytes')} / ${metric('spool_max_bytes')})`,
      [['green'], ['orange', 0.5], ['red', 0.8]],
    ),
    number(
      {
        title: 'Stopped lanes',
        description:
          'Streams that Loki refuses as such, for a tenant, a permission or a label: they wait for you. `loki-beacon-relay spool stats` and `/ready` tell what Loki wants.',
        unit: 'short',
      },
      `sum(${metric('lanes', 'state="stopped"')})`,
      [['green'], ['red', 1]],
    ),
    number(
      {
        title: 'Accepted and not stored',
        description:
          'Records that Loki refused for good (`quarantined`), that waited for longer than `spool.maxAge` (`expired`), or that the disk did not keep (`damaged`), in this time. Red: look at `loki-beacon-relay quarantine list`.',
        unit: 'short',
      },
      increase('records_rejected_total', 'reason=~"quarantined|expired|damaged"'),
      [['green'], ['red', 1]],
    ),
    number(
      {
        title: 'In quarantine',
        description:
          'Kept until you decide: `loki-beacon-relay quarantine retry` after you have raised the limit that Loki names, or `purge`.',
        unit: 'short',
      },
      `sum(${metric('spool_quarantined_records')})`,
      [['green'], ['orange', 1]],
    ),
    number(
      {
        title: 'Lost by Loki',
        description:
          'Records that Loki had acknowledged and lacked at an audit, in this time; they are pushed again. Red: Loki crashed, or something in front of it answers for it. See docs/loki.md.',
        unit: 'short',
      },
      increase('audit_records_total', 'result="lost"'),
      [['green'], ['red', 1]],
    ),
  ],
}
