import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import {
  datadogProtocol,
  faroProtocol,
  otlpProtocol,
  type Protocol,
  relayProtocol,
  sentryProtocol,
} from './protocols.ts'

/** One SDK, ready to be run in a page. */
export interface Contender {
  name: string
  version: string
  /** Script that defines `contender.start()`, as a user's bundler makes it. */
  bundle: string
  gzipBytes: number
  protocol: Protocol
}

export const floorName = 'nothing'

const known = [
  { name: 'loki-beacon', adapter: 'lokiBeacon', package: 'sdk', protocol: relayProtocol },
  { name: 'OpenTelemetry', adapter: 'openTelemetry', package: '@opentelemetry/sdk-logs', protocol: otlpProtocol },
  { name: 'Sentry', adapter: 'sentry', package: '@sentry/browser', protocol: sentryProtocol },
  { name: 'Datadog', adapter: 'datadog', package: '@datadog/browser-logs', protocol: datadogProtocol },
  { name: 'Faro', adapter: 'faro', package: '@grafana/faro-web-sdk', protocol: faroProtocol },
  { name: floorName, adapter: 'nothing', package: undefined, protocol: relayProtocol },
]

/** Ours, the peers if they are wanted, and last the floor: a page with no SDK, whose `info` only keeps its arguments. */
export function bundleContenders(repository: string, withPeers: boolean): Promise<Contender[]> {
  const peers = join(repository, 'test/bench/peers')
  const wanted = known.filter(contender => withPeers || !contender.package?.startsWith('@'))
  return Promise.all(
    wanted.map(async ({ name, adapter, package: folder, protocol }) => {
      const bundle = await bundleAdapter(join(peers, 'adapters', `${adapter}.js`))
      const installed = folder?.startsWith('@') ? join(peers, 'node_modules', folder) : join(repository, folder ?? '')
      return {
        name,
        version: folder ? versionOf(installed) : '',
        bundle,
        gzipBytes: gzipSync(bundle, { level: 9 }).length,
        protocol,
      }
    }),
  )
}

/** The adapter is a part of it: a page needs those lines too. */
async function bundleAdapter(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'contender',
    target: 'es2020',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}
