import type { Dashboard } from '@grafana/schema'
import { overview } from './overview.ts'
import { relay } from './relay.ts'

const dashboards: Record<string, Dashboard> = { overview, relay }

/** The text of each file that operators import, by its path in the repository. */
export const dashboardFiles: ReadonlyMap<string, string> = new Map(
  Object.entries(dashboards).map(([name, dashboard]) => [
    `deploy/grafana/dashboards/${name}.json`,
    `${JSON.stringify(dashboard, undefined, 2)}\n`,
  ]),
)
