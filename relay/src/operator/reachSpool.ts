import { CommandError } from '../cli/commandError.ts'
import { printWarning } from '../cli/paint.ts'
import type { RelayConfig } from '../config.ts'
import { describeDamage, describeSalvage } from '../spool/describeDamage.ts'
import { SpoolBusyError } from '../spool/spool.ts'
import type { SpoolDamage } from '../spool/sqliteMessages.ts'
import { openSqliteSpool } from '../spool/sqliteSpool.ts'
import { createOperations, fileId, type Operations, type SpoolReport } from './operations.ts'
import { createOperatorClient } from './operatorClient.ts'

export interface ReachedSpool {
  operations: Operations
  /** `relay`: it runs and does the work itself. `file`: none runs, and none can start until `close()`. */
  via: 'relay' | 'file'
  close(): Promise<void>
}

/**
 * The spool's file itself where no relay has it, or else the relay that has it: one process at a time can open the
 * file, so the attempt tells for certain whether a relay runs on it.
 */
export async function reachSpool({ spool, admin }: Pick<RelayConfig, 'spool' | 'admin'>): Promise<ReachedSpool> {
  const { dir, maxBytes } = spool
  const file = await fileId(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES' || error.code === 'EPERM') return undefined
    if (error.code !== 'ENOENT') throw error
    throw new CommandError(`there is no spool in ${dir}: name the relay's directory, ${whereToName}`)
  })
  try {
    if (file !== undefined) {
      const onDamage = (damage: SpoolDamage) => printWarning(describeDamage(damage))
      const onSalvage = (bytes: number) => printWarning(describeSalvage(bytes))
      const opened = await openSqliteSpool({ dir, maxBytes, onSalvage, onDamage })
      return { operations: createOperations(opened, { dir, maxBytes }), via: 'file', close: () => opened.close() }
    }
  } catch (error) {
    if (!(error instanceof SpoolBusyError)) throw new CommandError(error instanceof Error ? error.message : `${error}`)
  }
  return { operations: await askRelay(dir, file, admin), via: 'relay', close: async () => {} }
}

const whereToName = 'by --data-dir, RELAY_DATA_DIR, or the same --config'

/** `file` is absent where this user may not look into the directory. */
async function askRelay(dir: string, file: string | undefined, admin: RelayConfig['admin']): Promise<Operations> {
  const url = `http://${addressOf(admin.host)}:${admin.port}`
  const named = 'name its admin port, by --admin-host and --admin-port or the same --config'
  const hidden = file === undefined ? `this user may not read ${dir} (run this as the user of the relay), and ` : ''
  if (admin.port === 0)
    throw new CommandError(
      `${hidden}a relay runs on ${dir}, on any free admin port: ${named}. Its log line "listening" tells which`,
    )
  const operations = createOperatorClient(url)
  let report: SpoolReport
  try {
    report = await operations.report()
  } catch (error) {
    if (error instanceof CommandError) throw error
    const running = file === undefined ? 'no relay' : `another process uses the spool in ${dir}, but no relay`
    throw new CommandError(`${hidden}${running} answers at ${url}: ${named}`)
  }
  if (file !== undefined && report.file !== file)
    throw new CommandError(`the relay at ${url} has another spool, ${report.dir}, not ${dir}: ${named}`)
  return operations
}

/** An address to listen on that means all of the machine is none to connect to. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
