import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFiles } from '../../deploy/grafana/source/files.ts'

/** What operators import has to be what the sources make. */
export function checkDashboards(repository: string): string[] {
  return [...dashboardFiles]
    .filter(([file, text]) => {
      const path = join(repository, file)
      return !existsSync(path) || readFileSync(path, 'utf8') !== text
    })
    .map(([file]) => `${file} is not what deploy/grafana/source makes: npm run dashboards`)
}
