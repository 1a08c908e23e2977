import type { AppConfig } from '../../relay/src/config.ts'

/** An app without keys, origins and limits, but for what the test wants of it. */
export function testApp(wanted: Partial<AppConfig> = {}): AppConfig {
  return {
    name: 'shop',
    keys: [],
    tenant: 't',
    labels: {},
    labelKeys: {},
    maxStreams: 250,
    origins: [],
    limits: { perClient: {}, perSession: {} },
    ...wanted,
  }
}
