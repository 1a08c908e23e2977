import { stringify } from 'yaml'

export interface InitialConfig {
  app: string
  origins: readonly string[]
  key: string
  tokenSecret: string
  /** Without it, records are kept on disk. */
  loki?: string
  tenant?: string
  environment?: string
  dataDir: string
}

/** A configuration file that starts the relay as it is, and tells what one may want to change. */
export function configText(config: InitialConfig): string {
  const { app, origins, key, tokenSecret, loki, tenant, environment, dataDir } = config
  return `# Configuration of loki-beacon-relay. Every option: docs/configuration.md of loki-beacon.
# Try it out:  loki-beacon-relay check --config <this file>
# It is read again when it changes. It holds a secret: let only the relay's user read it.

# Base address of Loki. Without it, records are kept on disk and shown at http://127.0.0.1:9464/live/.
# Its credentials do not belong here: set LOKI_USERNAME and LOKI_AUTH_TOKEN, or LOKI_AUTH_TOKEN_FILE.
${loki === undefined ? '# loki:\n#   endpoint: http://localhost:3100' : `loki:\n  endpoint: ${scalar(loki)}`}

spool:
  # What was accepted waits here until Loki has it. Keep it on a disk that survives a restart.
  dir: ${scalar(dataDir)}
  # Above this, pages are answered 503 and keep their records.
  maxBytes: 1GiB

# Public port, for pages; /metrics, /ready and the live page are on the admin port, 127.0.0.1:9464.
port: 8080
# Behind a proxy: the number of proxies in front, or a list of their addresses.
# trustProxy: 1

apps:
  - name: ${scalar(app)}
    # Publishable, no secret: every page shows it. List a second one to replace it.
    keys:
      - ${scalar(key)}
    # Origins of your pages, such as https://shop.example or https://*.shop.example.
    origins:
${origins.map(origin => `      - ${scalar(origin)}`).join('\n')}
    # Loki's tenant (X-Scope-OrgID); without it, "default".
    ${tenant === undefined ? '# tenant: shop-prod' : `tenant: ${scalar(tenant)}`}
    # The label "env".
    ${environment === undefined ? '# environment: production' : `environment: ${scalar(environment)}`}
    # Short-lived tokens from your backend. They are checked where a page sends one; with \`required: true\` nothing is
    # taken without.
    token:
      required: false
      secret: ${scalar(tokenSecret)}
    # What all pages of this app together may cost in Loki. There is no bound until you set one.
    # limits:
    #   bytesPerDay: 20GiB
`
}

/** In quotes where YAML would take it for something else. */
function scalar(value: string): string {
  return stringify(value, { lineWidth: 0 }).trim()
}
