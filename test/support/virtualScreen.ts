import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from './childProcess.ts'
import { waitFor } from './waitFor.ts'

export interface VirtualScreen {
  /** What programs of WebKitGTK need to run on it. */
  env: NodeJS.ProcessEnv
  stop(): Promise<void>
}

/** A screen in memory: WebKitGTK has no headless mode. `display` is the Xvfb program. */
export async function startVirtualScreen(display: string): Promise<VirtualScreen> {
  const dir = await mkdtemp(join(tmpdir(), 'loki-beacon-display-'))
  const screen = await startProcess(
    display,
    ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset'],
    { env: process.env, outputFile: join(dir, 'output') },
  )
  const number = await waitFor(() => /^(\d+)\n/m.exec(screen.output())?.[1], { timeoutMs: 20_000, what: 'the screen' })
  return {
    env: { ...process.env, ...environment, DISPLAY: `:${number}` },
    async stop() {
      await screen.kill('SIGTERM')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const environment = {
  // The sandbox of WebKitGTK needs user namespaces, which containers and root often don't have.
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  // Without a graphics card, drawing by the processor alone is what works everywhere.
  WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  GDK_BACKEND: 'x11',
  GSETTINGS_BACKEND: 'memory',
  NO_AT_BRIDGE: '1',
}
