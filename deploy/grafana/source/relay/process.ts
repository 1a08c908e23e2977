import { prometheus } from '../dashboard.ts'
import type { Row } from '../layout.ts'
import { table } from '../panels.ts'
import { chosen, graph, metric } from './queries.ts'

export const process: Row = {
  title: 'Process',
  panels: [
    graph(
      {
        title: 'Memory',
        description: 'Steady under load. One that grows for days: tell us, with its figures.',
        unit: 'bytes',
      },
      [{ expr: `sum by (instance) (process_resident_memory_bytes{${chosen}})`, legend: '{{instance}}' }],
    ),
    graph(
      {
        title: 'Processor',
        description: 'Of one core. At 1 it has no more to give: run another relay.',
        unit: 'percentunit',
      },
      [
        {
          expr: `sum by (instance) (rate(process_cpu_seconds_total{${chosen}}[$__rate_interval]))`,
          legend: '{{instance}}',
        },
      ],
    ),
    table({
      title: 'Versions',
      description: 'One row for each relay. Two versions for long: a deployment has stopped halfway.',
      unit: 'short',
      datasource: prometheus,
      queries: [{ expr: `sum by (instance, version) (${metric('info')})` }],
      values: ['Relays'],
      w: 8,
      h: 8,
    }),
  ],
}
