import { join } from 'node:path'

export interface LokiConfigOptions {
  dataDir: string
  httpPort: number
  grpcPort: number
  /** Merged over `limits_config`; e.g. `{ shard_streams: { enabled: true } }`. */
  limits?: object
  /** With limits of single tenants. */
  overridesFile?: string
  publishedLimits?: readonly string[]
  /** Evaluates rules. */
  ruler?: object
}

/** One Loki with everything in one process and on loopback, as JSON, which is YAML too. */
export function lokiConfig({
  dataDir,
  httpPort,
  grpcPort,
  limits,
  overridesFile,
  publishedLimits,
  ruler,
}: LokiConfigOptions): string {
  const address = '127.0.0.1'
  return JSON.stringify(
    {
      auth_enabled: true,
      analytics: { reporting_enabled: false },
      server: {
        http_listen_address: address,
        http_listen_port: httpPort,
        grpc_listen_address: address,
        grpc_listen_port: grpcPort,
        log_level: 'warn',
      },
      common: {
        path_prefix: dataDir,
        replication_factor: 1,
        instance_addr: address,
        ring: { instance_addr: address, kvstore: { store: 'inmemory' } },
        storage: {
          filesystem: { chunks_directory: join(dataDir, 'chunks'), rules_directory: join(dataDir, 'rules') },
        },
      },
      // Otherwise looked for at the default port, where another Loki may listen.
      frontend_worker: { frontend_address: `${address}:${grpcPort}` },
      schema_config: {
        configs: [
          {
            from: '2024-01-01',
            store: 'tsdb',
            object_store: 'filesystem',
            schema: 'v13',
            index: { prefix: 'index_', period: '24h' },
          },
        ],
      },
      // Stream sharding makes Loki store a repeated push twice; a relay's tenants are to have it off.
      limits_config: { shard_streams: { enabled: false }, ...limits },
      ...(ruler && { ruler }),
      ...(publishedLimits && { tenant_limits_allow_publish: publishedLimits }),
      ...(overridesFile !== undefined && { runtime_config: { file: overridesFile } }),
    },
    null,
    2,
  )
}
