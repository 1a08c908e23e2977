import { loki } from '../dashboard.ts'
import type { Row } from '../layout.ts'
import { bars } from '../panels.ts'
import { count, exceptions, sessionStarts } from '../records.ts'

const common = { unit: 'short', datasource: loki, w: 12, h: 8 }

export const browsers: Row = {
  title: 'Browsers',
  panels: [
    bars({
      ...common,
      title: 'Sessions by browser',
      description: 'Who visits. A browser that is missing here may not run the page at all: try it.',
      queries: [{ expr: `topk(12, ${count(sessionStarts, 'browser', '$__range')})` }],
      explore: sessionStarts,
    }),
    bars({
      ...common,
      title: 'Errors by browser',
      description:
        'One that has many more errors than its share of the sessions lacks something that the page uses: look at the faults that it alone has.',
      queries: [{ expr: `topk(12, ${count(exceptions, 'browser', '$__range')})` }],
      explore: exceptions,
    }),
  ],
}
