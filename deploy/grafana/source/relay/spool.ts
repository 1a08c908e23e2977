import type { Row } from '../layout.ts'
import { graph, metric } from './queries.ts'

export const spool: Row = {
  title: 'Spool',
  panels: [
    graph(
      {
        title: 'Records that wait',
        description: 'Grows while Loki is away or slower than what comes, and goes back to about nothing afterwards.',
        unit: 'short',
      },
      [{ expr: `sum by (instance) (${metric('records_pending')})`, legend: '{{instance}}' }],
    ),
    graph(
      {
        title: 'Bytes by app',
        description:
          'Who fills it. One app alone: its lanes are stopped or throttled, or it sends far more than usual; bound it by `spoolShare` and `limits`.',
        unit: 'bytes',
      },
      [{ expr: `sum by (app) (${metric('spool_app_bytes')})`, legend: '{{app}}' }],
    ),
    graph(
      {
        title: 'Room that is left',
        description: 'At 0 pages are answered 503 with Retry-After; they keep their records and come again.',
        unit: 'bytes',
      },
      [{ expr: `min by (instance) (${metric('spool_free_bytes')})`, legend: '{{instance}}' }],
    ),
  ],
}
