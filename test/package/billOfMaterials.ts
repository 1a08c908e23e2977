import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** As far as it is looked at here. https://cyclonedx.org/docs/1.5/json/ */
export interface BillOfMaterials {
  metadata: { component: Component; lifecycles?: unknown }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

export interface Component {
  'bom-ref': string
  name: string
  version: string
  hashes?: { alg: string; content: string }[]
}

/**
 * What a package brings along at run time (CycloneDX), out of the lockfile, so that it is the same wherever it is made.
 *
 * npm describes the whole workspace, and with `--omit=dev` it leaves out whatever something for development needs as well,
 * such as zod (npm 11.19). So all is asked for, and what the package itself does not need is taken out here.
 */
export async function billOfMaterials(repository: string, workspace: 'sdk' | 'relay'): Promise<BillOfMaterials> {
  const args = [
    'sbom',
    '--sbom-format=cyclonedx',
    '--sbom-type=library',
    '--package-lock-only',
    `--workspace=${workspace}`,
  ]
  const { stdout } = await promisify(execFile)('npm', args, { cwd: repository, maxBuffer: 1 << 26 })
  const all = JSON.parse(stdout) as BillOfMaterials
  const { name, version, dependencies } = JSON.parse(readFileSync(join(repository, workspace, 'package.json'), 'utf8'))
  const own = `${name}@${version}`
  const wanted = (ref: string) => Object.hasOwn(dependencies, ref.slice(0, ref.lastIndexOf('@')))
  const edges = new Map(
    all.dependencies.map(({ ref, dependsOn }) => [ref, ref === own ? dependsOn.filter(wanted) : dependsOn]),
  )
  const reached = new Set<string>()
  const open = [own]
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (reached.has(ref)) continue
    reached.add(ref)
    open.push(...(edges.get(ref) ?? []))
  }
  const component = all.components.find(item => item['bom-ref'] === own)
  if (!component) throw new Error(`npm sbom does not know ${own}`)
  return {
    ...all,
    metadata: { ...all.metadata, component: { ...component, name } },
    components: all.components.filter(item => item['bom-ref'] !== own && reached.has(item['bom-ref'])),
    dependencies: [...reached].map(ref => ({ ref, dependsOn: edges.get(ref) ?? [] })),
  }
}
