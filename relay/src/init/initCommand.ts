import type { Command } from 'commander'
import { ask } from '../cli/ask.ts'
import { CommandError } from '../cli/commandError.ts'
import { examples } from '../cli/examples.ts'
import { paint } from '../cli/paint.ts'
import { runCommand } from '../cli/runCommand.ts'
import { describeIssues } from '../configError.ts'
import { configSchema } from '../configSchema.ts'
import { configText, type InitialConfig } from './configText.ts'
import { freshKey, freshSecret } from './freshKeys.ts'
import { scriptTag } from './scriptTag.ts'
import { writeNew } from './writeNew.ts'

interface InitFlags {
  app?: string
  origin?: string[]
  loki?: string
  tenant?: string
  environment?: string
  dataDir?: string
  publicUrl: string
  force?: boolean
  json?: boolean
}

const fallbackApp = 'web'
const fallbackOrigin = 'http://localhost:3000'

/** `init`: from nothing to a relay that runs, and a page that sends. */
export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a configuration file with fresh keys, and print what to paste into your pages')
    .argument('[file]', 'where to write it', 'relay.yaml')
    .option('--app <name>', 'name of your app: the labels app and service_name')
    .option(
      '--origin <origins>',
      'origins of your pages, with commas or given again, such as https://shop.example',
      (text: string, earlier: string[] = []) => [...earlier, ...splitList(text)],
    )
    .option('--loki <url>', 'base address of Loki; without it, records are kept on disk')
    .option('--tenant <id>', "Loki's tenant (X-Scope-OrgID)")
    .option('--environment <name>', 'the label env, such as production')
    .option('--data-dir <dir>', 'directory of the spool')
    .option('--public-url <url>', 'address at which pages will reach the relay', 'http://localhost:8080')
    .option('--force', 'overwrite the file; its keys are lost')
    .option('--json', 'print JSON, for scripts')
    .addHelpText(
      'after',
      examples(
        [
          ['asks for what it has to know', 'init'],
          ['asks nothing', 'init relay.yaml --app shop --origin https://shop.example --loki http://loki:3100'],
        ],
        '\nOn a terminal it asks for the app, its origins and Loki where they are not given; elsewhere it takes defaults.',
      ),
    )
    .action((file: string, _flags, command: Command) => runCommand(() => init(file, command.optsWithGlobals())))
}

async function init(file: string, flags: InitFlags): Promise<void> {
  const { publicUrl, force, json } = flags
  const app = flags.app ?? ((await ask(`Name of the app [${fallbackApp}]: `)) || fallbackApp)
  const origins = flags.origin ?? splitList(await ask(`Origins of its pages [${fallbackOrigin}]: `))
  const loki = flags.loki ?? ((await ask('Address of Loki [none: keep records on disk]: ')) || undefined)
  const { tenant, environment, dataDir = 'loki-beacon-data' } = flags
  const config: InitialConfig = {
    app,
    origins: origins.length > 0 ? origins : [fallbackOrigin],
    loki,
    tenant,
    environment,
    dataDir,
    key: freshKey(app),
    tokenSecret: freshSecret(),
  }
  refuseUnusable(config, publicUrl)
  await writeNew(file, configText(config), { force })

  const tag = scriptTag(publicUrl, config.key, app)
  const next = [`loki-beacon-relay check --config ${quoted(file)}`, `loki-beacon-relay --config ${quoted(file)}`]
  if (json)
    return console.log(JSON.stringify({ file, app, key: config.key, origins: config.origins, scriptTag: tag, next }))
  console.log(`${paint('green', file)} is written. Only you can read it, since it holds a secret.`)
  if (origins.length === 0) console.log(`Its origin is ${fallbackOrigin}: put those of your pages there.`)
  console.log(`\n${paint('bold', 'Into your pages:')}\n  ${tag}`)
  console.log(`\n${paint('bold', 'Next:')}\n${next.map(line => `  ${line}`).join('\n')}`)
}

/** Held against the schema before anything is written: the file has to start the relay. */
function refuseUnusable({ app, origins, key, loki, tenant, environment, dataDir }: InitialConfig, publicUrl: string) {
  if (!/^https?:$/.test(URL.parse(publicUrl)?.protocol ?? ''))
    throw new CommandError('--public-url must be an address such as https://logs.example.com', 'usage')
  const raw = {
    loki: { endpoint: loki },
    spool: { dir: dataDir },
    apps: [{ name: app, keys: [key], origins, tenant, environment }],
  }
  const flagOf: Record<string, string> = { name: '--app', endpoint: '--loki', dir: '--data-dir', origins: '--origin' }
  const { error } = configSchema.safeParse(raw)
  if (!error) return
  const problems = describeIssues(
    error.issues,
    path => path.reduce<unknown>((node, step) => Object(node)[step], raw),
    path => {
      const name = String(path.findLast(step => typeof step === 'string'))
      return flagOf[name] ?? `--${name}`
    },
  )
  throw new CommandError(problems.map(({ source, text }) => `${source} ${text}`).join('; '), 'usage')
}

function splitList(text = ''): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** For a shell, where it has to be. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
