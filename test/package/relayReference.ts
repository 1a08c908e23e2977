import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listCommands } from '../../relay/src/cli/commandTree.ts'
import { type ConfigOption, listConfigOptions } from '../../relay/src/configOptions.ts'
import { appVariables } from '../../relay/src/configSources.ts'
import { createMetrics } from '../../relay/src/metrics.ts'
import { createOutcomes } from '../../relay/src/outcomes.ts'
import { createProgram } from '../../relay/src/program.ts'
import { markdownTable, placeGenerated } from './generatedText.ts'

interface Reference {
  document: string
  parts(): Record<string, string>
}

const references: readonly Reference[] = [
  { document: 'docs/configuration.md', parts: configurationParts },
  { document: 'docs/cli.md', parts: commandParts },
  { document: 'docs/metrics.md', parts: metricParts },
]

/** Options, commands and metrics in the docs that are not those of the relay's source. */
export function checkRelayReference(repository: string): string[] {
  const problems = references.flatMap(({ document, parts }) => {
    const text = readFileSync(join(repository, document), 'utf8')
    return write(document, text, parts()) === text ? [] : [`${document} is not what the source says: npm run docs`]
  })
  const configuration = readFileSync(join(repository, 'docs/configuration.md'), 'utf8')
  const missing = Object.keys(appVariables).filter(variable => !configuration.includes(`| \`${variable}\` |`))
  return [...problems, ...missing.map(variable => `docs/configuration.md has no row for ${variable}`)]
}

function write(document: string, text: string, parts: Record<string, string>): string {
  return Object.entries(parts).reduce((written, [name, part]) => placeGenerated(document, written, name, part), text)
}

function configurationParts(): Record<string, string> {
  const head = ['Option', 'Environment', 'Flag', 'Default', 'Meaning']
  const options = listConfigOptions()
  const ofApps = (option: ConfigOption) => option.path[0] === 'apps'
  const row = ({ path, env, flag, fallback, description }: ConfigOption) => [
    code(path.join('.').replaceAll('.[]', '[]')),
    env ? code(env) : '',
    flag ? code(flag) : '',
    fallback === undefined ? '' : code(typeof fallback === 'object' ? JSON.stringify(fallback) : String(fallback)),
    description,
  ]
  return {
    options: markdownTable(head, options.filter(option => !ofApps(option)).map(row)),
    'options of apps': markdownTable(head, options.filter(ofApps).map(row)),
  }
}

/** For each command that does something, its options; those of the configuration are told once. */
function commandParts(): Record<string, string> {
  const nothing = () => {
    throw new Error('only described')
  }
  const program = createProgram({ run: nothing, check: nothing, load: nothing })
  const configuration = new Set(listConfigOptions().flatMap(({ flag }) => flag ?? []))
  const parts = listCommands(program)
    .filter(({ path, children }) => path !== '' && children.length === 0)
    .map(({ path, options }) => [
      `options of ${path}`,
      markdownTable(
        ['Option', 'What it does'],
        options
          .filter(({ names }) => names.at(-1) !== '--help')
          .map(({ usage, names, description }) => [
            code(usage),
            configuration.has(names.at(-1)!) ? 'as for the relay itself' : description,
          ]),
      ),
    ])
  return Object.fromEntries(parts)
}

function metricParts(): Record<string, string> {
  const unused = () => {
    throw new Error('only described')
  }
  const { registry } = createMetrics({
    version: '',
    outcomes: createOutcomes(),
    spool: unused,
    spoolMaxBytes: 0,
    apps: () => [],
  })
  // What a metric says of itself is there, and not in its type.
  const metrics = registry.getMetricsAsArray() as unknown as { name: string; help: string; labelNames: string[] }[]
  const rows = metrics.map(metric => [
    code(metric.name),
    metric.constructor.name.toLowerCase(),
    metric.labelNames.map(code).join(' '),
    metric.help,
  ])
  return { metrics: markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows.sort()) }
}

function code(text: string): string {
  return `\`${text}\``
}

if (import.meta.main)
  for (const { document, parts } of references) {
    const path = join(import.meta.dirname, '../..', document)
    writeFileSync(path, write(document, readFileSync(path, 'utf8'), parts()))
  }
