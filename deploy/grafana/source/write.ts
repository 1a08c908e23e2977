import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFiles } from './files.ts'

/** `npm run dashboards`. */
for (const [file, text] of dashboardFiles) writeFileSync(join(import.meta.dirname, '../../..', file), text)
