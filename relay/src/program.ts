import { Command } from 'commander'
import { addCompletionCommand } from './cli/completionCommand.ts'
import { examples } from './cli/examples.ts'
import { exitCodes, exitCodesHelp } from './cli/exitCodes.ts'
import { paint } from './cli/paint.ts'
import type { LoadedConfig } from './config.ts'
import { didYouMean } from './configError.ts'
import { listConfigOptions } from './configOptions.ts'
import { addInitCommand } from './init/initCommand.ts'
import { addOperatorCommands } from './operator/operatorCommands.ts'
import { addReplayCommand } from './replay/replayCommand.ts'
import { relayVersion } from './version.ts'

export type Flags = Record<string, string | undefined>

export interface ProgramDeps {
  run(flags: Flags): Promise<void>
  check(flags: Flags & { json?: boolean }): Promise<void>
  /** Ends the process where the configuration can't be used. */
  load(flags: Flags, options: { withoutApps: boolean }): LoadedConfig
}

/** What can be typed. Nothing happens before it is asked to parse. */
export function createProgram({ run, check, load }: ProgramDeps): Command {
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
    .action((_flags, command: Command) => check(command.optsWithGlobals()))
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

  return program
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
