import { randomUUID } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { LokiConfig, RelayConfig } from './config.ts'
import { encodeEntries } from './entry.ts'
import { formatLabels } from './lane.ts'
import { createLokiClient, type LokiClient, type PushResult } from './upstream/lokiClient.ts'
import { encodePush } from './upstream/pushEncoder.ts'

export interface Finding {
  ok: boolean
  /** For people; holds no credentials. */
  text: string
}

const labels = { service_name: 'loki-beacon-relay', kind: 'check' }
/** A pushed entry is found at once; this is for slow networks. */
const readBackMs = 10_000

/** What an operator wants to know before trusting a configuration: can it be written, can Loki be pushed to and read? */
export async function check(config: RelayConfig): Promise<Finding[]> {
  const names = config.apps.map(app => app.name).join(', ')
  const findings = [
    { ok: true, text: `configuration: ${config.apps.length} app(s): ${names}` },
    await checkDirectory(config.spool.dir),
  ]
  const { loki } = config
  if (!loki)
    return [...findings, { ok: true, text: 'no LOKI_ENDPOINT: records will be kept in the spool until one is set' }]
  const client = createLokiClient(loki)
  try {
    for (const tenant of new Set(config.apps.map(app => app.tenant)))
      findings.push(...(await checkTenant(client, tenant)))
  } finally {
    client.close()
  }
  return [...findings, ...(await checkSharding(loki))]
}

async function checkDirectory(dir: string): Promise<Finding> {
  for (let path = resolve(dir); ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK)
      return { ok: true, text: `spool: ${dir} can be written` }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' && path !== dirname(path)) continue
      return {
        ok: false,
        text: `spool: ${dir} can't be written (${code}): set RELAY_DATA_DIR to a directory of this user`,
      }
    }
  }
}

async function checkTenant(client: LokiClient, tenant: string): Promise<Finding[]> {
  const where = `Loki at ${client.host}, tenant ${tenant}`
  const id = randomUUID()
  const now = Date.now()
  const time = { seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1e6 }
  const line = JSON.stringify({ message: 'test record of loki-beacon-relay check', id })
  const body = encodePush(formatLabels(labels), [encodeEntries([{ ...time, line, metadata: [['level', 'info']] }])])
  const pushed = await client.push({ tenant, body })
  if (!('status' in pushed) || pushed.status !== 204)
    return [{ ok: false, text: `${where}: the push failed: ${explain(pushed)}` }]

  const deadline = now + readBackMs
  for (;;) {
    const found = await client.query({
      tenant,
      logql: `${formatLabels(labels)} |= \`${id}\``,
      startNs: BigInt(now - 60_000) * 1_000_000n,
      endNs: BigInt(now + 60_000) * 1_000_000n,
      limit: 1,
    })
    if ('status' in found && found.status === 200 && found.text.includes(id))
      return [{ ok: true, text: `${where}: a test record was pushed and read back` }]
    if (!('status' in found) || found.status !== 200)
      return [
        {
          ok: true,
          text:
            `${where}: a test record was pushed, but can't be read: ${explain(found)}. ` +
            'The relay works; with leave to read it can also resolve pushes whose answer was lost',
        },
      ]
    if (Date.now() > deadline)
      return [{ ok: false, text: `${where}: a test record was pushed, but is not found after ${readBackMs / 1000} s` }]
    await sleep(250)
  }
}

/** Sharded streams lose entries behind a 204 and store retries twice. Loki tells its limits to those who may see them. */
async function checkSharding({ endpoint }: LokiConfig): Promise<Finding[]> {
  try {
    const response = await fetch(`${endpoint}/config`, { redirect: 'error', signal: AbortSignal.timeout(5000) })
    if (!response.ok) return []
    const loki = parse(await response.text()) as { limits_config?: { shard_streams?: { enabled?: boolean } } } | null
    if (loki?.limits_config?.shard_streams?.enabled !== true) return []
    return [
      {
        ok: true,
        text:
          'warning: Loki shards busy streams (limits_config.shard_streams.enabled), which can store retries twice and ' +
          "hide refused entries: set it to false for the relay's tenants",
      },
    ]
  } catch {
    // A gateway in front of Loki rarely lets this through: then there is nothing to say.
    return []
  }
}

const hints: Record<number, string> = {
  400: 'is the tenant right (LOKI_TENANT_ID)?',
  401: 'check LOKI_USERNAME and LOKI_AUTH_TOKEN, and the tenant (LOKI_TENANT_ID)',
  403: 'the credentials lack the permission; Grafana Cloud calls it logs:write, and logs:read for reading',
  404: 'is LOKI_ENDPOINT the base address, or its /loki/api/v1/push?',
}

function explain(result: PushResult): string {
  if (!('status' in result)) return `${result.reason}: is LOKI_ENDPOINT right, and can this machine reach it?`
  const hint = hints[result.status]
  return `it answered ${result.status} ${JSON.stringify(result.text.trim().slice(0, 200))}${hint ? `; ${hint}` : ''}`
}
