import { check } from './check/check.ts'
import { describeFinding } from './check/describeFinding.ts'
import { exitCodes } from './cli/exitCodes.ts'
import { printError, printWarning } from './cli/paint.ts'
import { type LoadedConfig, loadConfig, type RelayConfig } from './config.ts'
import { ConfigError } from './configError.ts'
import { startReloading } from './configReload.ts'
import { createLog } from './log.ts'
import { createProgram, type Flags } from './program.ts'
import { type Relay, startRelay } from './start.ts'
import { relayVersion } from './version.ts'

const exitSignal = { SIGINT: 130, SIGTERM: 143 } as const

/** Does what the command line says. */
export async function runProgram(): Promise<void> {
  await createProgram({ run, check: runCheck, load }).parseAsync()
}

async function run(flags: Flags): Promise<void> {
  const loaded = load(flags)
  const { config, warnings } = loaded
  const log = createLog(config.logLevel)
  for (const warning of warnings) log.warn(warning)
  let relay: Relay | undefined
  process.on('uncaughtException', async error => {
    log.fatal(
      { err: { name: error.name, message: error.message, stack: error.stack } },
      'a fault of the relay; what it accepted is on disk',
    )
    await relay?.abandon()
    process.exit(1)
  })
  try {
    relay = await startRelay(config, log, {
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
    stopOnSignal(relay, log)
  } catch (error) {
    log.fatal({ reason: describeStartFailure(error, config) }, 'could not start')
    process.exit(1)
  }
}

function stopOnSignal(relay: Relay, log: ReturnType<typeof createLog>): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, async () => {
      // What was answered 202 is on disk already: leaving in the middle loses none of it.
      if (stopping) {
        await relay.abandon()
        process.exit(exitSignal[signal])
      }
      stopping = true
      log.info({ signal }, 'stopping; a second signal ends it at once')
      try {
        await relay.stop()
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
