/** What stands between relay and Loki, in Loki's words or the network's, and what to do about it. The first that fits. */
const causes = [
  [
    /^401\b/,
    'Loki wants a login, or refuses this one.',
    'Compare LOKI_USERNAME and LOKI_AUTH_TOKEN with what Loki, or the gateway before it, expects.',
  ],
  [
    /^403\b/,
    'The login is known, but may not write to this tenant.',
    'Compare LOKI_TENANT_ID, or the tenant of the app, with what the login is allowed.',
  ],
  [/org id|tenant id/i, 'Loki does not take this tenant.', 'Correct LOKI_TENANT_ID, or the tenant of the app.'],
  [
    /^404\b/,
    'Something answers, but it is no Loki.',
    'Correct LOKI_ENDPOINT: the address that Grafana uses as its data source, without a path of Grafana.',
  ],
  [
    /^429\b/,
    'Loki is over its rate limits.',
    'It goes on by itself, more slowly. Raise ingestion_rate_mb and per_stream_rate_limit in Loki.',
  ],
  [
    /^400\b/,
    'Loki refuses this stream.',
    'Its words say why: mostly labels, or structured metadata that is not allowed.',
  ],
  [
    /ECONNREFUSED/,
    'Nothing listens at the address of Loki.',
    'Is Loki running? Does LOKI_ENDPOINT name the right host and port, as seen from the relay?',
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    'The host name of Loki can not be resolved.',
    'Correct LOKI_ENDPOINT, or the name service of this machine or container.',
  ],
  [
    /certificate|self.signed|CERT_|TLS|SSL/i,
    'The connection to Loki can not be secured.',
    'Give Node the authority of its certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem.',
  ],
  [
    /timeout|timed out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    'Loki does not answer in time.',
    'Look for a firewall in between, or for a Loki under too much load.',
  ],
  [
    /ECONNRESET|EPIPE|closed|socket/i,
    'Loki, or something in between, cuts the connection.',
    'Mostly a restart or a proxy: the relay tries again by itself.',
  ],
  [/^5\d\d\b/, 'Loki is there, but not well.', 'Look into the log of Loki. The relay tries again by itself.'],
]

/** The cause and its mend, or nothing where the words are all that is known. */
export function causeOf(reason) {
  const found = causes.find(([words]) => words.test(reason))
  return found && { cause: found[1], mend: found[2] }
}
