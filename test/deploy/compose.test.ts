import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../relay/src/config.ts'
import { lokiVersion } from '../parts/loki.ts'
import { readDockerfile } from '../support/dockerfile.ts'
import { readManifests, readYaml, repository } from './manifests.ts'
import { imageOfRelay, knownVariables } from './relayVariables.ts'

const [{ services, networks, volumes }] = readYaml('deploy/compose.yaml')
const { relay, demo, caddy, grafana, prometheus, loki } = services
const { version, engines } = JSON.parse(readFileSync(join(repository, 'relay/package.json'), 'utf8'))
const stages = readDockerfile(join(repository, 'deploy/Dockerfile'))
const images = Object.values(services).map(service => (service as { image: string }).image)

test('every place names the same version of the relay, the Loki of the tests, and the Node that the relay wants', () => {
  const spec = readManifests().find(({ kind }) => kind === 'StatefulSet')?.spec
  assert.equal(relay.image, `loki-beacon-relay:${version}`)
  assert.equal(spec.template.spec.containers[0].image, relay.image)
  assert.equal(demo.image, `loki-beacon-demo:${version}`)
  assert.equal(loki.image, `grafana/loki:${lokiVersion}`)
  for (const image of images) assert.match(image, /:v?\d+\.\d+\.\d+$/, 'a version that stays what it is')
  for (const { base } of stages) assert.equal(`>=${/^node:(\d+)-slim$/.exec(base)?.[1]}`, engines.node)
})

test('what compose builds and mounts is there', () => {
  for (const { build } of [relay, demo]) {
    assert.equal(join('deploy', build.context), '.')
    assert.ok(existsSync(join(repository, build.dockerfile)))
    assert.ok(stages.some(({ name }) => name === build.target))
  }
  for (const service of Object.values<{ volumes?: string[]; networks: string[] }>(services)) {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('.')) assert.ok(existsSync(join(repository, 'deploy', source)), volume)
      else assert.ok(source in volumes, volume)
    }
    for (const network of service.networks) assert.ok(network in networks, network)
  }
})

test('the relay takes its environment without a warning, behind one proxy, for pages of the address that Caddy serves', () => {
  for (const name of Object.keys(relay.environment)) assert.ok(knownVariables().has(name), name)
  const image = imageOfRelay()
  const { config, warnings } = loadConfig({ env: { ...image.env, ...relay.environment } })
  assert.deepEqual(warnings, [])
  assert.equal(config.trustProxy, 1)
  assert.equal(config.loki?.endpoint, 'http://loki:3100')
  const [, port] = /^127\.0\.0\.1:(\d+):443$/.exec(caddy.ports[0]) ?? []
  assert.deepEqual(config.apps[0]?.origins, [`https://${caddy.environment.SITE_ADDRESS}:${port}`])
  assert.equal(caddy.environment.RELAY_UPSTREAM, `relay:${config.port}`)
  assert.deepEqual(relay.ports, [`127.0.0.1:${config.admin.port}:${config.admin.port}`])
  assert.ok(Number.parseInt(relay.stop_grace_period, 10) * 1000 >= config.shutdownTimeoutMs + 10_000)
  assert.match(readFileSync(join(repository, 'demo/index.html'), 'utf8'), new RegExp(`"${config.apps[0]?.keys[0]}"`))
})

test('the relay can write its spool alone, and nothing listens beyond this machine', () => {
  assert.deepEqual([relay.read_only, relay.cap_drop, relay.tmpfs], [true, ['ALL'], undefined])
  assert.deepEqual(relay.volumes, [`relay-data:${imageOfRelay().env.RELAY_DATA_DIR}`])
  const ports = Object.values<{ ports?: string[] }>(services).flatMap(service => service.ports ?? [])
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
  // What pages reach through Caddy reaches neither Loki nor Grafana.
  assert.deepEqual([caddy.networks, demo.networks], [['pages'], ['pages']])
  for (const service of [loki, grafana, prometheus]) assert.deepEqual(service.networks, ['backend'])
})

test('Grafana finds the dashboards where it is told to look', () => {
  const [{ providers }] = readYaml('deploy/grafana/provisioning/dashboards/loki-beacon.yaml')
  assert.ok(grafana.volumes.includes(`./grafana/dashboards:${providers[0].options.path}:ro`))
})

test('Prometheus scrapes the admin port of the relay, with the rules that are mounted', () => {
  const [{ scrape_configs, rule_files }] = readYaml('deploy/prometheus/prometheus.yml')
  const targets = scrape_configs.flatMap(
    (job: { static_configs: { targets: string[] }[] }) => job.static_configs[0]?.targets,
  )
  assert.deepEqual(targets, ['relay:9464', 'loki:3100'])
  const mounted: string[] = prometheus.volumes.map((volume: string) => volume.split(':')[1])
  for (const pattern of rule_files)
    assert.ok(
      mounted.some(path => matchesGlob(path, pattern)),
      pattern,
    )
})
