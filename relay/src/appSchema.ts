import { z } from 'zod'
import {
  allowedValues,
  appKey,
  freeLabelName,
  integer,
  option,
  originPattern,
  orOff,
  percentage,
  size,
  tenant,
  text,
} from './configTypes.ts'
import { redact, redactNames } from './redactSchema.ts'
import { token } from './tokenSchema.ts'

const recordRate = orOff(integer(1, 10_000_000))
const byteRate = orOff(size('1KiB', '1TiB'))

const appLimits = z
  .strictObject({
    recordsPerSecond: option(recordRate.optional(), {
      description:
        'Records per second of all pages together. Without it, or as `off`, there is no such limit; likewise for those below.',
    }),
    bytesPerSecond: option(byteRate.optional(), {
      description: 'Bytes per second of all pages together, after gzip is undone.',
    }),
    recordsPerDay: option(orOff(integer(1, 1_000_000_000_000)).optional(), {
      description: 'Records per day, which begins at midnight UTC.',
    }),
    bytesPerDay: option(byteRate.optional(), {
      description: 'Bytes per day, after gzip is undone: what the app may cost in Loki, about.',
    }),
    perClient: z
      .strictObject({
        requestsPerSecond: option(orOff(integer(1, 1_000_000)).prefault(200), {
          description:
            'Requests per second of one network of addresses: an IPv4 /24 or an IPv6 /64. `off` for no limit.',
        }),
        bytesPerSecond: option(byteRate.prefault('10MiB'), {
          description: 'Bytes per second of one network of addresses, as they come over the wire. `off` for no limit.',
        }),
      })
      .prefault({}),
    perSession: z
      .strictObject({
        recordsPerSecond: option(recordRate.optional(), {
          description: 'Records per second of one session, to hold back a page that logs in a loop.',
        }),
        bytesPerSecond: option(byteRate.optional(), {
          description: 'Bytes per second of one session, after gzip is undone.',
        }),
      })
      .prefault({}),
  })
  .prefault({})

/** One of `apps`. The order here is that of the documentation. */
export const app = z.strictObject({
  name: option(text(/^[^\p{C}]{1,100}$/u, 'must be a name of up to 100 characters'), {
    description: 'Name of the app: the labels `app` and `service_name`, and the owner of its batch ids.',
  }),
  keys: option(
    z
      .array(appKey, { error: 'must be a list of keys, such as [pk_shop_web]' })
      .min(1, { error: 'must hold at least one key, such as [pk_shop_web]' }),
    {
      description:
        'Publishable keys of the app, no secrets: every page shows its own. Several allow rotation; `{ key: pk_shop_old, disabled: true }` is answered like a key that does not exist.',
    },
  ),
  tenant: option(tenant.optional(), {
    description: "Loki's tenant (`X-Scope-OrgID`) for this app; without it, `loki.tenant`.",
  }),
  environment: option(text(/^[^\p{C}]{1,100}$/u, 'must be a name of up to 100 characters').optional(), {
    description: 'The label `env`, such as `production`; without it there is no such label.',
  }),
  release: option(text(/^[^\p{C}]{1,100}$/u, 'must be a version of up to 100 characters').optional(), {
    description: 'The `release` of records whose page does not tell its own.',
  }),
  labels: option(
    z
      .record(
        freeLabelName,
        z
          .string({ error: 'must be text' })
          .min(1, { error: 'must not be empty' })
          .max(500, { error: 'must be at most 500 characters' }),
        { error: 'must be names with texts, such as { team: web }' },
      )
      .refine(labels => Object.keys(labels).length <= 6, {
        error: 'must be at most 6 labels: each set of values is a stream',
      })
      .prefault({}),
    { description: 'Labels that every record of the app gets. `app`, `service_name` and `env` may be set here too.' },
  ),
  labelKeys: option(
    z
      .record(
        freeLabelName,
        z.union(
          [
            z
              .array(
                z.string({ error: allowedValues }).min(1, { error: allowedValues }).max(100, { error: allowedValues }),
              )
              .min(1, { error: allowedValues })
              .max(100, { error: allowedValues }),
            z.strictObject({
              max: z
                .number({ error: allowedValues })
                .int({ error: allowedValues })
                .min(1, { error: allowedValues })
                .max(100, { error: allowedValues }),
            }),
          ],
          { error: allowedValues },
        ),
        { error: 'must be names with their bounds, such as { release: { max: 20 } }' },
      )
      .refine(keys => Object.keys(keys).length <= 4, { error: 'must be at most 4: their values multiply the streams' })
      .prefault({}),
    {
      description:
        'Attributes (or `release`, `browser`, `os`, `language`) made labels: with a list of allowed values, or `{ max: n }` for the first n values seen since the start. All others become `other`.',
    },
  ),
  maxStreams: option(integer(10, 10_000).prefault(250), {
    description:
      'Most sets of values that `labelKeys`, kinds and hours make within an hour. In records of further ones all `labelKeys` are `other`, see Labels and streams.',
  }),
  token: option(token, {
    description: 'Short-lived tokens that pages have to show, see Tokens. Without it, a key and its origin are enough.',
    secret: true,
  }),
  origins: option(
    z
      .array(originPattern, { error: 'must be a list of origins, such as [https://shop.example]' })
      .min(1, { error: 'must hold at least one origin, such as [https://shop.example]' }),
    {
      description:
        'Origins of the pages that may send, exact or as `https://*.shop.example`. `*` allows any, and callers without an Origin header.',
    },
  ),
  spoolShare: option(percentage(1, 100).optional(), {
    description:
      'In place of `spool.maxShare` for this app: more for one that matters, less for one that is often noisy.',
  }),
  redact: option(redact.optional(), {
    description:
      'What is redacted in records of the app, see Redaction: `true`, `false`, a list of rules, or switches such as `{ email: false, ip: true }`. Without it, as `redact` of the relay says.',
    names: redactNames,
  }),
  line: option(z.enum(['json', 'logfmt'], { error: 'must be json or logfmt' }).prefault('json'), {
    description:
      "How log lines are written: `json`, one object a line, or `logfmt`, with the keys of Faro's receiver and in their order, for dashboards that read these. See Log lines.",
  }),
  limits: appLimits,
})
