import type { Row } from '../layout.ts'
import { graph, metric, quantiles, rate } from './queries.ts'

export const lanes: Row = {
  title: 'Lanes, and pushes to Loki',
  panels: [
    graph(
      {
        title: 'Lanes by state',
        description:
          '`retrying`: Loki is away or slow. `throttled`: raise its ingestion rates (docs/loki.md). `stopped`: waits for you, `/ready` tells why.',
        unit: 'short',
      },
      [{ expr: `sum by (state) (${metric('lanes')})`, legend: '{{state}}' }],
    ),
    graph(
      {
        title: 'Pushes by result',
        description:
          'All but `delivered` are tried again or looked into. `ambiguous`: no answer; the relay asks Loki what it has. `config`: see stopped lanes. `poisonEntry`: repaired, or set aside.',
        unit: 'cps',
      },
      [{ expr: rate('pushes_total', 'result'), legend: '{{result}}' }],
    ),
    graph(
      {
        title: 'Time of a push',
        description:
          'Seconds at p50: Loki is overloaded, or its storage slow. The spool absorbs it as long as there is room.',
        unit: 's',
      },
      quantiles('push_duration_seconds'),
    ),
  ],
}
