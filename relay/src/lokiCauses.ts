import { findCause, type KnownCause, tlsCauses } from './tlsCauses.ts'

/** What stands between relay and Loki, by the reason that a push was answered with. The first that fits. */
const causes: readonly KnownCause[] = [
  [
    /org id|tenant id/i,
    'Loki does not take this tenant',
    'Correct LOKI_TENANT_ID, or the tenant of the app; a proxy in between has to pass X-Scope-OrgID on',
  ],
  [
    /^401\b/,
    'Loki wants a login, or refuses this one',
    'Compare LOKI_USERNAME and LOKI_AUTH_TOKEN with what Loki, or the gateway before it, expects',
  ],
  [
    /^403\b/,
    'The login is known, but may not write to this tenant',
    'Compare LOKI_TENANT_ID, or the tenant of the app, with what the login is allowed; Grafana Cloud calls it logs:write, and logs:read for reading',
  ],
  [
    /^3\d\d to (\S+\/loki\/api\/v1\/push)$/,
    'It sends the relay to another address, where a push does not follow',
    'Write that address: LOKI_ENDPOINT=$1',
  ],
  [
    /^(?:200|3\d\d|404|405)\b/,
    'Something answers, but it is no Loki: mostly a Grafana, a login or a page',
    'Correct LOKI_ENDPOINT: the address that Grafana uses as its data source, without a path of Grafana',
  ],
  [
    /^429\b/,
    'Loki is over its rate limits',
    'It goes on by itself, more slowly. Raise ingestion_rate_mb and per_stream_rate_limit in Loki',
  ],
  [
    /^400\b.*HTTP request (?:to an HTTPS|was sent to HTTPS)/i,
    'It speaks TLS there',
    'Write https:// instead of http://',
  ],
  [
    /structured metadata, but this feature is disallowed/i,
    'Loki takes no structured metadata of this tenant, and the relay needs it',
    'Set allow_structured_metadata to true in Loki, which is the default',
  ],
  [/^400\b/, 'Loki refuses this stream', 'Its words say why: mostly labels'],
  [/^5\d\d\b/, 'Loki is there, but not well', 'Look into the log of Loki, or of the gateway in front of it'],
  [
    /ECONNREFUSED/,
    'Nothing listens at the address of Loki',
    'Start Loki, or correct host and port in LOKI_ENDPOINT, as seen from the relay',
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    'The host name of Loki can not be resolved',
    'Correct LOKI_ENDPOINT, or the name service of this machine or container',
  ],
  ...tlsCauses,
  [
    /no answer within|timeout|timed out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    'Loki does not answer in time',
    'Look for a firewall in between, or for a Loki under too much load',
  ],
  [
    /ECONNRESET|EPIPE|closed|socket/i,
    'Loki, or something in between, cuts the connection',
    'Mostly a restart or a proxy. Where no push ever went through it may speak TLS: write https://',
  ],
]

/** The cause and its mend, or nothing where the words are all that is known. */
export function lokiCauseOf(reason: string): { cause: string; mend: string } | undefined {
  return findCause(causes, reason)
}
