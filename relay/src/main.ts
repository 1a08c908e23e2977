#!/usr/bin/env node
import { Command } from 'commander'
import { check } from './check/check.ts'
import { describeFinding } from './check/describeFinding.ts'
import { addCompletionCommand } from './cli/completionCommand.ts'
import { examples } from './cli/examples.ts'
import { exitCodes, exitCodesHelp } from './cli/exitCodes.ts'
import { paint, printError, printWarning } from './cli/paint.ts'
import { type LoadedConfig, loadConfig, type RelayConfig } from './config.ts'
import { ConfigError, didYouMean } from './configError.ts'
import { listConfigOptions } from './configOptions.ts'
import { startReloading } from './configReload.ts'
import { addInitCommand } from './init/initCommand.ts'
import { createLog } from './log.ts'
import { addOperatorCommands } from './operator/operatorCommands.ts'
import { addReplayCommand } from './replay/replayCommand.ts'
import { startRelay } from './start.ts'
import { relayVersion } from './version.ts'

const exitSignal = { SIGINT: 130, SIGTERM: 143 } as const

type Flags = Record<string, string | undefined>

const program = new Command('loki-beacon-relay')
  .description(
    'Takes logs, errors and measurements from web pages, keeps them on disk, and ships them to Grafana Loki.',
  )
  .version(relayVersion)
  .showHelpAfterError('(see --help)')
  .configureHelp({ styleTitle: title => paint('bold', title) })
  .configureOutput({
    outputError: (text, write) => write(text.replace(/^error:/, paint('red', 'error:', process.stderr))),
  })
  // Commander's own is 1, which says here that something was tried.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage))
addConfigFlags(program).action(flags => {
  const [word] = program.args
  if (word === undefined) return run(flags)
  program.error(
    `error: unknown command '${word}'${didYouMean(
      word,
      program.commands.map(command => command.name()),
    )}`,
  )
})
addInitCommand(program)
addConfigFlags(program.command('check'))
  .description('check the configuration, and push test records to Loki and read them back')
  .option('--json', 'print JSON, for scripts')
  .addHelpText(
    'after',
    examples(
      [
        ['what is right and what is not', 'check --config relay.yaml'],
        ['what is not right, for a script', `check --json | jq -r '.findings[] | select(.level != "ok") | .text'`],
      ],
      `
It pushes records as large and as old as the relay may send, 220 KB in all for each tenant, to a stream
{kind="check", service_name="loki-beacon-relay"} and some with "late", and looks at the limits that Loki shows.
Warnings are no failure.`,
    ),
  )
  .action((_flags, command: Command) => runCheck(command.optsWithGlobals()))
addReplayCommand(program, {
  addFlags: command => addConfigFlags(command, ['--host', '--port']),
  load: flags => load(flags, { withoutApps: true }).config,
})
addOperatorCommands(program, {
  addFlags: command => addConfigFlags(command, ['--data-dir', '--admin-host', '--admin-port']),
  load: flags => load(flags, { withoutApps: true }).config,
})
addCompletionCommand(program)
// Only here, since commands inherit it: so that a misspelt command is told as one.
program.allowExcessArguments()
program.addHelpText(
  'after',
  `
Without a command it runs the relay. To begin: loki-beacon-relay init
One app needs no file, only the environment:
  RELAY_KEY=pk_shop_web RELAY_ORIGINS=https://shop.example LOKI_ENDPOINT=http://loki:3100 loki-beacon-relay
Without LOKI_ENDPOINT, records are kept on disk and shown at the live page of the admin port.
${exitCodesHelp}`,
)

await program.parseAsync()

async function run(flags: Flags): Promise<void> {
  const loaded = load(flags)
  const { config, warnings } = loaded
  const log = createLog(config.logLevel)
  for (const warning of warnings) log.warn(warning)
  process.on('uncaughtException', error => {
    log.fatal(
      { err: { name: error.name, message: error.message, stack: error.stack } },
      'a fault of the relay; what it accepted is on disk',
    )
    process.exit(1)
  })
  try {
    const relay = await startRelay(config, log, {
      ofProcess: true,
      onCrash(error) {
        log.fatal({ reason: error.message }, 'the spool failed')
        process.exit(1)
      },
    })
    const { apps, loki, spool } = config
    log.info(
      {
        version: relayVersion,
        port: relay.port,
        adminPort: relay.adminPort,
        adminHost: config.admin.host,
        mode: loki ? 'forwarding' : 'standalone',
        loki: loki && new URL(loki.endpoint).host,
        spool: spool.dir,
        apps: apps.map(app => app.name),
      },
      loki ? 'listening; forwarding to Loki' : 'listening; no LOKI_ENDPOINT, so records are kept in the spool',
    )
    startReloading({ loaded, load: () => read(flags), relay, log })
    stopOnSignal(() => relay.stop(), log)
  } catch (error) {
    log.fatal({ reason: describeStartFailure(error, config) }, 'could not start')
    process.exit(1)
  }
}

function stopOnSignal(stop: () => Promise<void>, log: ReturnType<typeof createLog>): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, async () => {
      // What was answered 202 is on disk already: leaving in the middle loses none of it.
      if (stopping) process.exit(exitSignal[signal])
      stopping = true
      log.info({ signal }, 'stopping; a second signal ends it at once')
      try {
        await stop()
        log.info('stopped')
        process.exit(0)
      } catch (error) {
        log.fatal({ reason: (error as Error).message }, 'could not stop cleanly')
        process.exit(1)
      }
    })
}

async function runCheck({ json, ...flags }: Flags & { json?: boolean }): Promise<void> {
  const { config, warnings } = load(flags)
  const findings = await check(config)
  if (json) console.log(JSON.stringify({ warnings, findings }))
  else {
    for (const warning of warnings) printWarning(warning)
    for (const finding of findings) console.log(describeFinding(finding))
  }
  process.exit(findings.every(({ level }) => level !== 'failed') ? exitCodes.done : exitCodes.failed)
}

function load(flags: Flags, options: { withoutApps?: boolean } = {}): LoadedConfig {
  try {
    return read(flags, options)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    printError(error.message)
    process.exit(exitCodes.config)
  }
}

function read(flags: Flags, options: { withoutApps?: boolean } = {}): LoadedConfig {
  return loadConfig({
    ...options,
    file: flags.config ?? (process.env.RELAY_CONFIG || undefined),
    env: process.env,
    flags: Object.fromEntries(Object.entries(flags).map(([name, value]) => [`--${kebab(name)}`, value])),
  })
}

/** @param only These flags alone; all without it. */
function addConfigFlags(command: Command, only?: readonly string[]): Command {
  command.option('-c, --config <file>', 'YAML file with the configuration (RELAY_CONFIG)')
  for (const { flag, env, description, fallback } of listConfigOptions()) {
    if (!flag || only?.includes(flag) === false) continue
    const hints = [env, fallback !== undefined && `default ${fallback}`].filter(Boolean).join('; ')
    command.option(`${flag} <value>`, `${description.split(/[.:;] /)[0]!.replace(/\.$/, '')} (${hints})`)
  }
  return command
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function describeStartFailure(error: unknown, { port, admin }: RelayConfig): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    const taken = (error as { port?: number }).port
    const [variable, flag] = taken === admin.port ? ['RELAY_ADMIN_PORT', '--admin-port'] : ['RELAY_PORT', '--port']
    return `port ${taken ?? port} is in use: stop what listens there, or set ${variable} (${flag}) to another one, 0 for any`
  }
  if (code === 'EACCES' && (error as { syscall?: string }).syscall === 'listen')
    return `no permission to listen on port ${(error as { port?: number }).port}: take one from 1024 up`
  return message
}
