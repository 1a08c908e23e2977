import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

export const repository = join(import.meta.dirname, '../..')

export interface Manifest {
  file: string
  apiVersion: string
  kind: string
  metadata: { name: string }
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own, which checkShapes knows
  [field: string]: any
}

/** All documents of a YAML file; one that YAML has a doubt about is an error. */
// biome-ignore lint/suspicious/noExplicitAny: whoever reads it knows the shape
export function readYaml(file: string): any[] {
  const documents = parseAllDocuments(readFileSync(join(repository, file), 'utf8'))
  if (!Array.isArray(documents)) return []
  return documents.map(document => {
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw new Error(`${file}: ${problem.message}`)
    return document.toJS()
  })
}

export function readManifests(): Manifest[] {
  const folder = 'deploy/kubernetes'
  return readdirSync(join(repository, folder))
    .filter(name => name !== 'kustomization.yaml')
    .flatMap(name => readYaml(`${folder}/${name}`).map(manifest => ({ ...manifest, file: name })))
}

/**
 * Fields that Kubernetes does not know, lacks or wants otherwise, by the types made from its API's schemas. The compiler
 * refuses misspelt names, which the schemas themselves would let through.
 */
export function checkShapes(manifests: readonly Manifest[]): string[] {
  const sources = new Map(
    manifests.map(({ file, ...manifest }, i) => {
      const { apiVersion, kind } = manifest
      const models = apiVersion.startsWith('gateway.') ? '@kubernetes-models/gateway-api' : 'kubernetes-models'
      const text = `import type { I${kind} } from '${models}/${apiVersion}/${kind}'
export const manifest: I${kind} = ${JSON.stringify(manifest)}`
      return [join(repository, `test/deploy/manifest${i}.ts`), { file, text }]
    }),
  )
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ESNext,
    types: [],
    skipLibCheck: true,
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = name => sources.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const source = sources.get(name)
    return source ? ts.createSourceFile(name, source.text, ts.ScriptTarget.Latest) : getSourceFile(name, ...rest)
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${sources.get(file?.fileName ?? '')?.file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
}
