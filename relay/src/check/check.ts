import type { RelayConfig } from '../config.ts'
import { createLokiClient } from '../upstream/lokiClient.ts'
import { checkDirectory } from './checkDirectory.ts'
import { checkTenant } from './checkTenant.ts'
import { type Finding, ok } from './finding.ts'
import { judgeClock } from './judgeClock.ts'
import { judgeLimits } from './judgeLimits.ts'
import { readLoki } from './readLoki.ts'

/** What an operator wants to know before trusting a configuration: can it be written, can Loki be pushed to and read? */
export async function check(config: RelayConfig): Promise<Finding[]> {
  const { apps, loki, spool } = config
  const names = apps.map(app => app.name).join(', ')
  const findings = [ok(`configuration: ${apps.length} app(s): ${names}`), await checkDirectory(spool)]
  if (!loki) return [...findings, ok('no LOKI_ENDPOINT: records will be kept in the spool until one is set')]
  const client = createLokiClient(loki)
  try {
    for (const [tenant, itsApps] of Map.groupBy(apps, app => app.tenant)) {
      const told = await readLoki(loki, tenant)
      findings.push(...(await checkTenant(client, tenant)))
      findings.push(...judgeLimits(tenant, itsApps, told))
      // There is one Loki, so its clock is told of once.
      if (tenant === apps[0]?.tenant) findings.push(...judgeClock(client.host, told.clock))
    }
  } finally {
    client.close()
  }
  return findings
}
