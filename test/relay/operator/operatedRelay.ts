import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Ran, relayProgram, runCommand } from '../../support/relayCommand.ts'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'
import { type ScriptedLoki, startScriptedLoki } from '../upstream/scriptedLoki.ts'

export interface OperatedRelay {
  relay: RelayProcess
  loki: ScriptedLoki
  dataDir: string
  /** One of its commands, as an operator of this relay would type it. */
  run(...args: string[]): Promise<Ran>
  /** Sends a batch whose messages are these. */
  log(...messages: string[]): Promise<void>
  metric(name: string): Promise<number | undefined>
  /** Until nothing waits in the spool and so many records are in quarantine. */
  settled(quarantined: number): Promise<void>
}

/** Loki, as far as it is said here, refuses lines with `bad` in them as it does what is too old. */
export async function startOperatedRelay(t: TestContext): Promise<OperatedRelay> {
  const loki = await startScriptedLoki(t)
  refuse(loki, /bad/)
  const dataDir = join(await tempDir(t), 'data')
  const env = {
    RELAY_KEY: 'pk_shop',
    RELAY_ORIGINS: '*',
    SERVICE_NAME: 'shop',
    LOKI_TENANT_ID: 'acme',
    LOKI_ENDPOINT: loki.url,
    LOKI_FLUSH_INTERVAL: '10ms',
  }
  const relay = await startRelay({ env, dataDir })
  t.after(() => relay.stop())
  const client = wireClient({ url: relay.url, key: 'pk_shop' })
  const metric = async (name: string) => (await relay.metrics()).get(`loki_beacon_${name}`)
  return {
    relay,
    loki,
    dataDir,
    run: (...args) => runCommand([...args, '--data-dir', dataDir, '--admin-port', new URL(relay.adminUrl).port]),
    async log(...messages) {
      let i = 0
      await client.deliver(client.batch(messages.length, record => Object.assign(record, { message: messages[i++] })))
    },
    metric,
    settled: async quarantined => {
      await waitFor(
        async () =>
          (await metric('records_pending')) === 0 && (await metric('spool_quarantined_records')) === quarantined,
        { timeoutMs: 20_000, what: `an empty spool, and ${quarantined} records in quarantine` },
      )
    },
  }
}

/** From now on. */
export function refuse(loki: ScriptedLoki, lines: RegExp | undefined): void {
  const isBad = (line: string) => lines?.test(line) === true
  const text = "entry with timestamp 2026-11-21 08:00:00.5 +0000 UTC ignored, reason: 'timestamp too old'"
  loki.always(push => (push.lines.some(isBad) ? { status: 400, text, store: ({ line }) => !isBad(line) } : {}))
}

/** One that is to be killed in the middle of its work. */
export function spawnCommand(...args: string[]): { ended(): boolean; kill(): Promise<void> } {
  const child = spawn(process.execPath, [relayProgram, ...args], { env: { PATH: process.env.PATH }, stdio: 'ignore' })
  const exited = once(child, 'exit')
  return {
    ended: () => child.exitCode !== null,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
