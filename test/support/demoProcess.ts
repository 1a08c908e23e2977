import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type StartedProcess, startProcess } from './childProcess.ts'
import { tempDir } from './tempDir.ts'
import { waitFor } from './waitFor.ts'

export interface DemoProcess extends StartedProcess {
  shopUrl: string
  /** With the slash. */
  liveUrl: string
  relayUrl: string
  dataDir: string
}

const start = fileURLToPath(new URL('../../demo/start.ts', import.meta.url))

/** What `npm start` runs after the build, on free ports; ended after the test. */
export async function startDemo(t: Pick<TestContext, 'after'>, env: NodeJS.ProcessEnv = {}): Promise<DemoProcess> {
  const dataDir = env.RELAY_DATA_DIR ?? (await tempDir(t))
  const demo = await runDemo(t, { RELAY_DATA_DIR: dataDir, ...env })
  const text = await waitFor(
    () => (demo.ended() ? demo.output() : /Ctrl-C stops all/.test(demo.output()) && demo.output()),
    {
      timeoutMs: 20_000,
      what: 'the demo to run',
    },
  )
  const address = (name: string) => {
    const found = new RegExp(`${name} +(http://\\S+)`).exec(text)?.[1]
    if (!found) throw new Error(`the demo did not start:\n${text}`)
    return found
  }
  return { ...demo, dataDir, shopUrl: address('Shop'), liveUrl: address('Live page'), relayUrl: address('Relay') }
}

/** The same, whether it starts or not. */
export async function runDemo(t: Pick<TestContext, 'after'>, env: NodeJS.ProcessEnv): Promise<StartedProcess> {
  const { LOKI_ENDPOINT: _, ...outer } = process.env
  const demo = await startProcess(process.execPath, [start], {
    env: { ...outer, DEMO_PORT: '0', RELAY_PORT: '0', RELAY_ADMIN_PORT: '0', ...env },
    outputFile: join(await tempDir(t), 'output'),
  })
  t.after(async () => {
    if (!demo.ended()) await demo.kill('SIGTERM')
  })
  return demo
}
