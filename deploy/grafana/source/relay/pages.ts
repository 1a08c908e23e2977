import type { Row } from '../layout.ts'
import { graph, quantiles, rate } from './queries.ts'

export const pages: Row = {
  title: 'Requests of pages',
  panels: [
    graph(
      {
        title: 'Answers by status',
        description:
          '429: over a limit, see "Over limits". 401, 403: keys or origins; the live page shows whose. 503: the spool is full. 400: somebody sends what is no batch.',
        unit: 'reqps',
      },
      [{ expr: rate('requests_total', 'status'), legend: '{{status}}' }],
      6,
    ),
    graph(
      {
        title: 'Time of an answer',
        description:
          'A batch is answered when the disk has it. Above 100 ms at p95: the disk is slow, or the processor busy.',
        unit: 's',
      },
      quantiles('request_duration_seconds'),
      6,
    ),
    graph(
      {
        title: 'Over limits',
        description:
          'Requests answered 429, by app and limit: raise that limit, or find the page that sends in a loop.',
        unit: 'reqps',
      },
      [{ expr: rate('limited_requests_total', 'app, limit'), legend: '{{app}} {{limit}}' }],
      6,
    ),
    graph(
      {
        title: 'Batches by app',
        description:
          'What is taken in. Nothing from an app that has visitors: its pages have lost their script, or their key.',
        unit: 'reqps',
      },
      [{ expr: rate('batches_stored_total', 'app'), legend: '{{app}}' }],
      6,
    ),
  ],
}
