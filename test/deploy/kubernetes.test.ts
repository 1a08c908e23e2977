import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import bytes from 'bytes'
import { parse } from 'yaml'
import { loadConfig } from '../../relay/src/config.ts'
import { startRelay } from '../support/relayProcess.ts'
import { tempDir } from '../support/tempDir.ts'
import { checkShapes, type Manifest, readManifests, readYaml, repository } from './manifests.ts'
import { imageOfRelay, knownVariables } from './relayVariables.ts'

const manifests = readManifests()
const statefulSet = find('StatefulSet')
const pod = statefulSet.spec.template.spec
const [container] = pod.containers
const image = imageOfRelay()
const portOf = (name: string) => container.ports.find((port: { name: string }) => port.name === name).containerPort

test('each manifest has the fields of its kind, and no others', () => {
  assert.deepEqual(checkShapes(manifests), [])
  const misspelt = { ...statefulSet, spec: { ...statefulSet.spec, replica: 1 } }
  assert.match(checkShapes([misspelt]).join(), /"replica"' does not exist/)
})

test('the kustomization brings all of them, but for what is put in the place of another or added by choice', () => {
  const [{ resources, namespace }] = readYaml('deploy/kubernetes/kustomization.yaml')
  const byChoice = ['horizontalpodautoscaler.yaml', 'httproute.yaml', 'kustomization.yaml']
  const files = readdirSync(join(repository, 'deploy/kubernetes'))
  assert.deepEqual([...resources].sort(), files.filter(file => !byChoice.includes(file)).sort())
  assert.equal(namespace, find('Namespace').metadata.name)
})

test('the relay takes the configuration as the pod hands it over, without a warning', async t => {
  const { config, warnings } = await loadedByPod(t)
  assert.deepEqual(warnings, [])
  assert.equal(config.apps.length, 1)
  assert.equal(config.apps[0]?.tenant, 'shop')
  assert.equal(config.loki?.token, undefined)
  const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)
  assert.deepEqual(mounts, [image.env.RELAY_DATA_DIR, '/etc/loki-beacon'])
  assert.deepEqual([portOf('http'), portOf('admin')], [config.port, config.admin.port])
  assert.deepEqual(image.ports, [config.port, config.admin.port])
})

test('it names only variables that the relay knows', () => {
  // A name that is nearly one gets a warning; this finds those that are far off.
  const { data } = find('ConfigMap', 'loki-beacon-relay-environment')
  const { stringData } = find('Secret')
  for (const name of Object.keys({ ...data, ...stringData })) assert.ok(knownVariables().has(name), name)
  // Otherwise a service called `relay` sets RELAY_PORT.
  assert.equal(pod.enableServiceLinks, false)
})

test('a pod has longer to stop than the relay takes, and its volume more room than the spool may fill', async t => {
  const { config } = await loadedByPod(t)
  const [, sleepS] = container.lifecycle.preStop.exec.command
  assert.ok(pod.terminationGracePeriodSeconds * 1000 >= config.shutdownTimeoutMs + Number(sleepS) * 1000 + 10_000)
  const [{ spec: claim }] = statefulSet.spec.volumeClaimTemplates
  const volumeBytes = bytes.parse(claim.resources.requests.storage.replace(/i$/, 'B'))!
  // Twice for a salvage; the acknowledged ones take an eighth more, 256 MiB at most; the file system the rest.
  assert.ok(volumeBytes >= config.spool.maxBytes * 2.25)
  assert.ok(bytes.parse(container.resources.limits.memory.replace(/i$/, 'B'))! >= 3 * config.limits.maxInFlightBytes)
})

test('it runs as the user of the image, who is not root, and can write its spool alone', () => {
  const { runAsUser, runAsGroup, fsGroup, runAsNonRoot } = pod.securityContext
  assert.equal(`${runAsUser}:${runAsGroup}`, image.user)
  assert.deepEqual([fsGroup, runAsNonRoot], [runAsGroup, true])
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  const writable = container.volumeMounts.filter((mount: { readOnly?: boolean }) => !mount.readOnly)
  assert.deepEqual(
    writable.map(({ name }: { name: string }) => name),
    [statefulSet.spec.volumeClaimTemplates[0].metadata.name],
  )
  assert.equal(pod.automountServiceAccountToken, false)
})

test('a relay answers its probes', async t => {
  const relay = await startRelay({ env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*' } })
  t.after(() => relay.stop())
  const addresses: Record<string, string> = { http: relay.url, admin: relay.adminUrl }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { path, port } = container[probe].httpGet
    assert.equal((await fetch(addresses[port] + path)).status, 200, probe)
  }
  assert.deepEqual(
    [container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path],
    ['/healthz', '/ready'],
    'a relay whose spool is full or whose Loki is away is not to be restarted',
  )
})

test('services, policies and routes mean these pods and their ports, and the admin port is for no page', () => {
  const labels = statefulSet.spec.template.metadata.labels
  const services = manifests.filter(({ kind }) => kind === 'Service')
  for (const { spec } of [statefulSet, find('PodDisruptionBudget')]) assert.deepEqual(spec.selector.matchLabels, labels)
  assert.deepEqual(find('NetworkPolicy').spec.podSelector.matchLabels, labels)
  for (const { spec } of services) {
    assert.deepEqual(spec.selector, labels)
    for (const { port, targetPort } of spec.ports) assert.equal(port, portOf(targetPort))
  }
  assert.ok(services.some(({ metadata, spec }) => metadata.name === statefulSet.spec.serviceName && spec.clusterIP))
  const { service } = find('Ingress').spec.rules[0].http.paths[0].backend
  const [backend] = find('HTTPRoute').spec.rules[0].backendRefs
  const ofPages = find('Service', service.name).spec.ports
  assert.deepEqual(
    ofPages.map(({ name }: { name: string }) => name),
    [service.port.name],
  )
  assert.deepEqual([backend.name, backend.port], [service.name, portOf('http')])
  for (const { from, ports } of find('NetworkPolicy').spec.ingress) {
    assert.equal(from.length, 1)
    assert.ok(ports.every(({ port }: { port: string }) => portOf(port)))
  }
  assert.equal(find('HorizontalPodAutoscaler').spec.scaleTargetRef.name, statefulSet.metadata.name)
})

test('the example of an overlay changes what is there, and opens the way to its own Loki', () => {
  const [{ patches }] = readYaml('deploy/kubernetes-overlay/kustomization.yaml')
  for (const { patch, target = parse(patch) } of patches) find(target.kind, target.metadata?.name ?? target.name)
  const [operation] = parse(patches.find(({ target }: { target?: Manifest }) => target?.kind === 'NetworkPolicy').patch)
  const [, ofLoki] = find('NetworkPolicy').spec.egress
  assert.equal(ofLoki.to[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'], 'loki')
  assert.deepEqual([operation.op, operation.path], ['replace', '/spec/egress/1'])
  assert.deepEqual(operation.value.ports, [{ port: 443 }])
})

function find(kind: string, name?: string) {
  const found = manifests.filter(manifest => manifest.kind === kind && (!name || manifest.metadata.name === name))
  assert.ok(found.length > 0, `${kind} ${name ?? ''}`)
  return found[0]!
}

/** With the environment of image and pod, and the file where the pod has it. */
async function loadedByPod(t: TestContext) {
  const { data } = find('ConfigMap', container.envFrom[0].configMapRef.name)
  const { stringData } = find('Secret', container.envFrom[1].secretRef.name)
  const files = find('ConfigMap', pod.volumes[0].configMap.name).data
  const [folder = '', name = ''] = data.RELAY_CONFIG.split(/\/(?=[^/]*$)/)
  assert.equal(container.volumeMounts[1].mountPath, folder)
  const file = join(await tempDir(t), name)
  await writeFile(file, files[name])
  return loadConfig({ file, env: { ...image.env, ...data, ...stringData } })
}
