import { z } from 'zod'
import { app } from './appSchema.ts'
import {
  boolean,
  duration,
  endpoint,
  integer,
  option,
  orOff,
  percentage,
  proxyAddress,
  size,
  tenant,
  trustedProxy,
} from './configTypes.ts'
import { parseList } from './configValues.ts'
import { diskReserveBytes, inMebibytes } from './diskReserve.ts'

/** Every option of the relay. The order here is that of the documentation. */
export const configSchema = z.strictObject({
  host: option(
    z.string({ error: 'must be a host name or address' }).trim().min(1, { error: 'must not be empty' }).optional(),
    {
      description: 'Address that the public port listens on; without it, all of the machine.',
      env: 'RELAY_HOST',
      flag: '--host',
    },
  ),
  port: option(integer(0, 65535).prefault(8080), {
    description: 'Public port, for pages. 0 takes any free one; the log line at the start tells which.',
    env: 'RELAY_PORT',
    flag: '--port',
  }),
  admin: z
    .strictObject({
      host: option(
        z
          .string({ error: 'must be a host name or address' })
          .trim()
          .min(1, { error: 'must not be empty' })
          .prefault('127.0.0.1'),
        {
          description:
            'Address that the admin port listens on. But for the live page it has no login: keep it on the machine or behind your own.',
          env: 'RELAY_ADMIN_HOST',
          flag: '--admin-host',
        },
      ),
      port: option(integer(0, 65535).prefault(9464), {
        description: 'Admin port, for `/metrics`, `/ready` and the live page. 0 takes any free one.',
        env: 'RELAY_ADMIN_PORT',
        flag: '--admin-port',
      }),
      token: option(
        z
          .string({ error: 'must be text' })
          .trim()
          .min(16, { error: 'must have 16 characters or more, such as `openssl rand -hex 16` gives' })
          .optional(),
        {
          description:
            'Password of the live page, with any user name. Without one the page is for this machine alone; with it, for whoever has it.',
          env: 'RELAY_ADMIN_TOKEN',
          secret: true,
        },
      ),
    })
    .prefault({}),
  trustProxy: option(
    z
      .union(
        [
          integer(0, 16),
          z.preprocess(parseList, z.array(trustedProxy).max(64, { error: 'must be at most 64 addresses' })),
        ],
        { error: 'must be the number of proxies in front, or a list of their addresses' },
      )
      .prefault(0),
    {
      description:
        'Whose `X-Forwarded-For` is believed: the number of proxies in front of the relay, or a list of their addresses. 0 believes nobody.',
      env: 'RELAY_TRUST_PROXY',
    },
  ),
  loki: z
    .strictObject({
      endpoint: option(endpoint.optional(), {
        description: 'Base address or push address of Loki. Without it, records are kept on disk until one is set.',
        env: 'LOKI_ENDPOINT',
        flag: '--loki',
      }),
      tenant: option(tenant.prefault('default'), {
        description:
          "Tenant (`X-Scope-OrgID`) of apps that name none. It is part of a record's stream from its arrival on, with or without an endpoint.",
        env: 'LOKI_TENANT_ID',
      }),
      username: option(z.string({ error: 'must be text' }).trim().min(1, { error: 'must not be empty' }).optional(), {
        description: 'User name for basic authentication, with `token` as its password.',
        env: 'LOKI_USERNAME',
        secret: true,
      }),
      token: option(z.string({ error: 'must be text' }).trim().min(1, { error: 'must not be empty' }).optional(), {
        description: 'Password with `username`; alone, a bearer token.',
        env: 'LOKI_AUTH_TOKEN',
        secret: true,
      }),
      batchSize: option(integer(1, 10_000).prefault(1000), {
        description: 'Most records in one push. A push also ends at 3 MiB.',
        env: 'LOKI_BATCH_SIZE',
      }),
      flushInterval: option(duration('0', '1m').prefault('1s'), {
        description: 'Longest that a stored record waits for others before it is pushed.',
        env: 'LOKI_FLUSH_INTERVAL',
      }),
      timeout: option(duration('1s', '10m').prefault('60s'), {
        description:
          'Longest wait for the answer to a push. Loki needs at most a few seconds; a short one only makes it uncertain what was stored.',
        env: 'LOKI_TIMEOUT',
      }),
      maxRetries: option(integer(0, 1_000_000).optional(), {
        description:
          'Accepted for compatibility and not used: what was accepted from a page is kept and tried again until Loki takes it.',
        env: 'LOKI_MAX_RETRIES',
      }),
      retryDelay: option(duration('10ms', '30s').prefault('100ms'), {
        description: 'First pause after a failed push; it doubles, with jitter, up to 30 s.',
        env: 'LOKI_RETRY_DELAY',
      }),
      settle: option(duration('0', '1h').prefault('6s'), {
        description:
          'How long a push whose outcome is unknown may still take to be stored: what Loki lacks is looked for again after it, and only then pushed again. `75s` for a Loki in several processes; behind a proxy, its longest hold and 6 s more.',
        env: 'LOKI_SETTLE',
      }),
      auditWindow: option(duration('0', '2h').prefault('10m'), {
        description:
          'How long records that Loki has acknowledged are kept, to look for them again after Loki was out of reach: a crash can lose them. `0s` for no such audit.',
        env: 'LOKI_AUDIT_WINDOW',
      }),
      auditInterval: option(duration('0', '1h').prefault('0s'), {
        description:
          'Look for what Loki has acknowledged at regular times too, whatever happened; shorter than `auditWindow`. `0s`: only after Loki was out of reach, or the relay has started.',
        env: 'LOKI_AUDIT_INTERVAL',
      }),
    })
    .prefault({}),
  spool: z
    .strictObject({
      dir: option(
        z
          .string({ error: 'must be a directory' })
          .trim()
          .min(1, { error: 'must not be empty' })
          .prefault('loki-beacon-data'),
        {
          description: 'Directory of the spool, made where it is missing. One relay at a time can use it.',
          env: 'RELAY_DATA_DIR',
          flag: '--data-dir',
        },
      ),
      maxBytes: option(size('1MiB', '1TiB').prefault('1GiB'), {
        description: `Above this, pages are answered 503 and keep their records; what is stored still ships. So they are too, however little is stored, while less than ${inMebibytes(diskReserveBytes)} are free on the disk.`,
        env: 'RELAY_SPOOL_MAX_BYTES',
      }),
      maxShare: option(percentage(1, 100).prefault('80%'), {
        description:
          'Where there are several apps, how much one of them may fill of the room that the others leave in the spool. Above it, its pages alone are answered 503.',
        env: 'RELAY_SPOOL_MAX_SHARE',
      }),
      maxAge: option(orOff(duration('1m', '365d')).prefault('off'), {
        description:
          'Longest that an accepted record waits for Loki, from its arrival on. What is older is dropped and counted as `expired`. `off` keeps all until Loki takes it.',
        env: 'RELAY_SPOOL_MAX_AGE',
      }),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxBodyBytes: option(size('1KiB', '16MiB').prefault('2MiB'), {
        description: 'Largest batch as it comes over the wire. A larger one is answered 413 and the page splits it.',
      }),
      maxInflatedBytes: option(size('1KiB', '64MiB').prefault('8MiB'), {
        description:
          'Largest batch after gzip is undone; inflating stops there, and above 1 MiB also at 200 times the bytes on the wire.',
      }),
      maxRecords: option(integer(1, 100_000).prefault(10_000), { description: 'Most records in a batch.' }),
      maxRecordBytes: option(size('1KiB', '1MiB').prefault('256KiB'), {
        description: 'Largest record. A larger one is rejected alone; its neighbours are stored.',
      }),
      maxInFlightBytes: option(size('1MiB', '4GiB').prefault('256MiB'), {
        description: 'Bodies of all requests in progress together. Above it, further ones are answered 503 at once.',
      }),
      exemptClients: option(
        z
          .array(proxyAddress, { error: 'must be a list of addresses, such as [10.0.0.0/8]' })
          .max(64, { error: 'must be at most 64 addresses' })
          .prefault(['loopback', 'linklocal', 'uniquelocal']),
        {
          description:
            'Addresses and ranges that the limits per client leave alone: your own machines, and a proxy that `trustProxy` does not name. `[]` exempts nobody.',
        },
      ),
    })
    .prefault({}),
  redact: option(boolean.prefault(true), {
    description:
      'Replaces secrets, card numbers, e-mail addresses and more by `[redacted]` before a record is stored: the rules that are on by default, see Redaction. It is for apps that have no `redact` of their own.',
    env: 'RELAY_REDACT',
  }),
  shutdownTimeout: option(duration('0', '10m').prefault('10s'), {
    description: 'At SIGTERM: longest time to finish requests and push what is stored. The rest stays on disk.',
    env: 'RELAY_SHUTDOWN_TIMEOUT',
  }),
  logLevel: option(
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: 'must be one of trace, debug, info, warn, error, fatal, silent',
      })
      .prefault('info'),
    {
      description: "The relay's own log, as JSON lines on standard output.",
      env: 'RELAY_LOG_LEVEL',
      flag: '--log-level',
    },
  ),
  apps: option(
    z.array(app, { error: 'must be a list of apps' }).max(1000, { error: 'must be at most 1000 apps' }).prefault([]),
    { description: 'The apps that may send, each with its keys, origins, tenant and labels.' },
  ),
})
