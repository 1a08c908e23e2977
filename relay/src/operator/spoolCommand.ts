import { paint } from '../cli/paint.ts'
import { countOf, formatAge, formatBytes } from '../cli/words.ts'
import type { Operations, SpoolReport } from './operations.ts'

/** Lanes told one by one; `--json` has all of them. */
const maxLanesShown = 50

export async function showSpool(
  operations: Operations,
  { json, via }: { json?: boolean; via: 'relay' | 'file' },
): Promise<void> {
  const report = await operations.report()
  const { file: _, ...rest } = report
  if (json) return console.log(JSON.stringify({ running: via === 'relay', ...rest }))
  const { apps, lanes } = report
  console.log(`${paint('bold', report.dir)}, ${via === 'relay' ? 'in use by a running relay' : 'no relay runs on it'}`)
  for (const line of describeSpool(report)) console.log(`  ${line}`)
  if (apps.length > 0) console.log(paint('bold', '\nby app'))
  for (const { app, ...waiting } of apps) console.log(`  ${app}: ${describeWaiting(waiting)}`)
  if (lanes.length > 0) console.log(paint('bold', '\nby lane'))
  for (const { lane, state, reason, ...waiting } of lanes.slice(0, maxLanesShown)) {
    console.log(`  ${lane}\n    ${describeWaiting(waiting)}`)
    if (state) console.log(`    ${reason ? paint('yellow', `${state}: ${reason}`) : state}`)
  }
  if (lanes.length > maxLanesShown) console.log(`  ${countOf(lanes.length - maxLanesShown, 'lane')} more: see --json`)
}

function describeSpool(report: SpoolReport): string[] {
  const { usedBytes, maxBytes, leased, full, quarantine, seen } = report
  return [
    report.records === 0 ? 'nothing waits' : `${describeWaiting(report)}; ${countOf(leased, 'part')} under way`,
    `${formatBytes(usedBytes)} of ${formatBytes(maxBytes)} used (${Math.round((usedBytes / maxBytes) * 100)} %)`,
    ...(full ? [paint('red', `FULL: ${full.reason}. Pages are answered 503 and keep their records`)] : []),
    quarantine.rows === 0
      ? 'nothing in quarantine'
      : `${countOf(quarantine.records, 'record')} in quarantine, ${formatBytes(quarantine.bytes)}: see \`quarantine list\``,
    seen.ids === 0
      ? 'no batch ids remembered'
      : `${countOf(seen.ids, 'batch id')} remembered, the oldest for ${formatAge(seen.oldestAgeMs)}`,
  ]
}

function describeWaiting(waiting: { records: number; parts: number; bytes: number; oldestAgeMs: number }): string {
  const { records, parts, bytes, oldestAgeMs } = waiting
  return `${countOf(records, 'record')} in ${countOf(parts, 'part')}, ${formatBytes(bytes)}, the oldest for ${formatAge(oldestAgeMs)}`
}
