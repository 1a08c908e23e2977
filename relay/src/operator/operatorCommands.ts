import { type Command, InvalidArgumentError } from 'commander'
import { runCommand } from '../cli/runCommand.ts'
import type { RelayConfig } from '../config.ts'
import { parseDuration } from '../configValues.ts'
import { commandHelp } from './commandHelp.ts'
import type { Operations } from './operations.ts'
import { listQuarantine, purgeQuarantine, retryQuarantine, showQuarantined } from './quarantineCommands.ts'
import { type ReachedSpool, reachSpool } from './reachSpool.ts'
import type { Selection } from './selection.ts'
import { showSpool } from './spoolCommand.ts'

type Flags = Record<string, string | undefined>

export interface CommandDeps {
  /** Adds the flags by which a command finds the relay. */
  addFlags(command: Command): Command
  /** Ends the process where the configuration can't be used. */
  load(flags: Flags): RelayConfig
}

interface CommandFlags {
  all?: boolean
  json?: boolean
  each?: boolean
  yes?: boolean
  app?: string
  lane?: string
  reason?: string
  olderThan?: number
}

/** `quarantine` and `spool`: what an operator can see of the disk, and do about it. */
export function addOperatorCommands(program: Command, { addFlags, load }: CommandDeps): void {
  const quarantine = program
    .command('quarantine')
    .helpCommand(false)
    .description('look at the records that Loki refused for good, send them again, or delete them')
    .addHelpText('after', commandHelp.quarantine)

  add(quarantine, 'list', 'count what is there, by lane and reason', true)
    .option('--each', 'one line for each row, with its id; with --json, an object a line')
    .action((_flags, command) =>
      run(command, (operations, flags) => listQuarantine(operations, selected([], flags), flags)),
    )
  add(quarantine, 'show', 'print the records of one row as JSON, with reason, stream and times')
    .argument('<id>', 'as `list --each` tells it', rowId)
    .action((id, _flags, command) => run(command, (operations, flags) => showQuarantined(operations, id, flags)))
  add(quarantine, 'retry', 'put rows back into their lanes as they are, such as after limits of Loki were raised', true)
    .argument('[ids...]', 'rows; else give --all or a filter', rowIds)
    .option('--all', 'everything in quarantine')
    .action((ids, _flags, command) =>
      run(command, (operations, flags, via) => retryQuarantine(operations, selected(ids, flags), { ...flags, via })),
    )
  add(quarantine, 'purge', 'delete rows for good', true)
    .argument('[ids...]', 'rows; else give --all or a filter', rowIds)
    .option('--all', 'everything in quarantine')
    .option('--yes', 'do not ask')
    .action((ids, _flags, command) =>
      run(command, (operations, flags) => purgeQuarantine(operations, selected(ids, flags), flags)),
    )

  const spool = program
    .command('spool')
    .helpCommand(false)
    .description('look at what waits on disk')
    .addHelpText('after', commandHelp.spool)
  add(spool, 'stats', 'what waits and since when, by app and by lane, and how shipping it goes').action(
    (_flags, command) => run(command, (operations, flags, via) => showSpool(operations, { ...flags, via })),
  )

  function add(
    parent: Command,
    name: 'list' | 'show' | 'retry' | 'purge' | 'stats',
    description: string,
    filters = false,
  ): Command {
    const command = addFlags(parent.command(name).description(description))
      .option('--json', 'print JSON, for scripts')
      .addHelpText('after', commandHelp[name])
    if (!filters) return command
    return command
      .option('--app <name>', 'only rows of this app')
      .option('--lane <text>', 'only lanes with this in their name: a tenant, or a label such as \'kind="log"\'')
      .option('--reason <text>', "only reasons with this in them, such as 'too old'")
      .option('--older-than <duration>', 'only what was set aside so long ago, such as 7d', durationMs)
  }

  function run(
    command: Command,
    work: (operations: Operations, flags: CommandFlags, via: ReachedSpool['via']) => Promise<void>,
  ): Promise<void> {
    const flags = command.optsWithGlobals()
    const config = load(flags)
    return runCommand(
      async () => {
        const reached = await reachSpool(config)
        try {
          await work(reached.operations, flags, reached.via)
        } finally {
          await reached.close()
        }
      },
      { debug: config.logLevel === 'debug' },
    )
  }
}

function selected(ids: readonly number[], { all, app, lane, reason, olderThan }: CommandFlags): Selection {
  return { ids, all, app, lane, reason, olderThanMs: olderThan }
}

function rowIds(text: string, earlier: readonly number[] = []): number[] {
  return [...earlier, rowId(text)]
}

function rowId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number that `quarantine list --each` shows.')
}

function durationMs(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('It must be a duration such as 90m, 12h or 7d.')
  return ms
}
