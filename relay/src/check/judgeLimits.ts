import type { AppConfig } from '../config.ts'
import { parseSize } from '../configValues.ts'
import { type Finding, warning } from './finding.ts'
import type { LokiTold } from './readLoki.ts'

const mebibyte = 1024 * 1024
/** The largest push of the relay. */
const maxPushBytes = 3 * mebibyte

/** Warns of limits that Loki tells; those that a push can find out are found out so. */
export function judgeLimits(
  tenant: string,
  apps: readonly AppConfig[],
  { defaults, own, sharded }: Pick<LokiTold, 'defaults' | 'own' | 'sharded'>,
): Finding[] {
  const limits = { ...defaults, ...own }
  const findings: Finding[] = []
  const sharding = limits.shard_streams as { enabled?: unknown } | null | undefined
  if (sharding?.enabled === true || sharded)
    warn(
      'shard_streams',
      'Loki shards busy streams, which can store a retry twice and hide refused records behind a 204',
      'set shard_streams.enabled to false for this tenant, in limits_config or in its overrides',
    )
  const burst = limits.ingestion_burst_size_mb
  if (isBelow(megabytes(burst), maxPushBytes))
    warn(
      'ingestion_burst_size_mb',
      `ingestion_burst_size_mb is ${burst}, less than a full push of the relay (3 MiB), so it has to send smaller ones`,
      'set ingestion_burst_size_mb to 6, which is the default, or more',
    )
  const streamBurst = limits.per_stream_rate_limit_burst
  if (isBelow(sizeOf(streamBurst), maxPushBytes))
    warn(
      'per_stream_rate_limit_burst',
      `per_stream_rate_limit_burst is ${streamBurst}, less than a full push of the relay (3 MiB), so it has to send smaller ones`,
      'set per_stream_rate_limit_burst to 15MB, which is the default, or more',
    )
  const allowedBytes = apps.reduce((sum, app) => sum + (app.limits.bytesPerSecond ?? 0), 0)
  const rate = limits.ingestion_rate_mb
  if (isBelow(megabytes(rate), allowedBytes))
    warn(
      'ingestion_rate_mb',
      `ingestion_rate_mb is ${rate}, and its apps may send ${(allowedBytes / mebibyte).toFixed(1)} MiB a second: what is above it waits in the spool`,
      `set ingestion_rate_mb to ${Math.ceil((allowedBytes * 1.5) / mebibyte)}, or lower bytesPerSecond of the apps`,
    )
  return findings

  function warn(limit: string, text: string, fix: string): void {
    const known = limit in own || (limit === 'shard_streams' && sharded)
    const doubt = known ? '' : ' (unless its overrides, which Loki does not show, say otherwise)'
    findings.push(warning(`limits of tenant ${tenant}: ${text}${doubt}`, fix))
  }
}

function isBelow(bytes: number | undefined, neededBytes: number): boolean {
  return bytes !== undefined && bytes < neededBytes
}

function megabytes(value: unknown): number | undefined {
  return typeof value === 'number' ? value * mebibyte : undefined
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseSize(value) : undefined
}
