import { type Command, InvalidArgumentError } from 'commander'
import { CommandError } from '../cli/commandError.ts'
import { examples } from '../cli/examples.ts'
import { exitCodes } from '../cli/exitCodes.ts'
import { runCommand } from '../cli/runCommand.ts'
import { countOf } from '../cli/words.ts'
import type { RelayConfig } from '../config.ts'
import { type ReplayReport, replay } from './replay.ts'
import { findTarget, type TargetFlags } from './target.ts'

interface ReplayFlags extends TargetFlags {
  rate?: number
  json?: boolean
}

export interface ReplayDeps {
  /** Adds the flags by which a command finds the relay. */
  addFlags(command: Command): Command
  /** Ends the process where the configuration can't be used. */
  load(flags: Record<string, string | undefined>): RelayConfig
}

const about = `
FILE holds a JSON object a line: batches of the wire format, each its header and then its records, which go as they are
under their own ids; or plain records, such as {"time":"2026-11-20T05:00:00Z","level":"info","message":"paid","cart":3},
where all but time, level, message and the fields of the wire become attributes. A record without a time gets that of the
replay.

Batches bear ids made of their content, so run it again after any trouble: the relay answers what it has, for 7 days, as
duplicates. Lines that can't be read are told with their number and left out.`

/** `replay`: what was kept in a file, into a relay that runs. */
export function addReplayCommand(program: Command, { addFlags, load }: ReplayDeps): void {
  addFlags(program.command('replay').description('send records from a file to a running relay'))
    .argument('<file>', 'NDJSON; - for standard input')
    .option('--url <url>', "address of the relay's public port; without it, that of the configuration")
    .option('--key <key>', 'publishable key to send with; without it, one of the configuration')
    .option('--app <name>', 'app whose key is taken, where the configuration has several')
    .option('--origin <origin>', "origin to send with; without it, one of the app's")
    .option('--token-file <file>', 'file with a token, where the app wants one')
    .option('--rate <records>', 'most records a second, on average', recordsPerSecond)
    .option('--json', 'print JSON, for scripts')
    .addHelpText(
      'after',
      examples(
        [
          ['to the relay of this configuration', 'replay old.ndjson --config relay.yaml'],
          [
            'to another one, 500 records a second',
            'replay old.ndjson --url https://logs.example.com --key pk_shop_web --origin https://shop.example --rate 500',
          ],
          ['what is packed', 'replay - --config relay.yaml < <(zcat old.ndjson.gz)'],
        ],
        about,
      ),
    )
    .action((file: string, _flags, command: Command) => {
      const flags: ReplayFlags = command.optsWithGlobals()
      return runCommand(() => run(file, flags, () => load(command.optsWithGlobals())))
    })
}

async function run(file: string, flags: ReplayFlags, loadConfig: () => RelayConfig): Promise<void> {
  const target = findTarget(flags, loadConfig)
  // What is wrong with the file is told before a long one is read.
  await target.token?.()
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const report = await replay(target, { file, recordsPerSecond: flags.rate, signal: controller.signal })
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (flags.json) console.log(JSON.stringify({ file, url: target.url, ...report }))
  else console.log(summary(report))
  if (report.stopped !== undefined)
    throw new CommandError(`${report.stopped}. Run it again for the rest: nothing is stored twice`)
  if (report.bad > 0) process.exitCode = exitCodes.failed
}

function summary({ accepted, duplicate, bad, badLines }: ReplayReport): string {
  const more = bad > badLines.length ? `, the first ${badLines.length} of which are told above` : ''
  return [
    `${countOf(accepted, 'record')} stored`,
    ...(duplicate > 0 ? [`${countOf(duplicate, 'record')} stored before`] : []),
    ...(bad > 0 ? [`${countOf(bad, 'line')} left out${more}`] : []),
  ].join(', ')
}

function recordsPerSecond(text: string): number {
  const rate = Number(text)
  if (Number.isInteger(rate) && rate > 0) return rate
  throw new InvalidArgumentError('It must be a whole number of records, such as 500.')
}
