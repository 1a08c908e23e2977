import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WebkitPrograms } from '../parts/webkit.ts'
import { type StartedProcess, startProcess } from './childProcess.ts'
import type { TestBrowser, TestBrowserContext } from './testBrowser.ts'
import { waitFor } from './waitFor.ts'
import { createWebDriverPage } from './webDriverPage.ts'
import { startWebDriverSession } from './webDriverSession.ts'

/** Starts a screen; each context is a browser of its own on it, since one under a driver has a single, private, storage. */
export async function launchWebkit({ driver, browser, display }: WebkitPrograms): Promise<TestBrowser> {
  const dir = await mkdtemp(join(tmpdir(), 'loki-beacon-display-'))
  const screen = await startProcess(
    display,
    ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset'],
    { env: process.env, outputFile: join(dir, 'output') },
  )
  const contexts = new Set<TestBrowserContext>()
  let ownContext: Promise<TestBrowserContext> | undefined
  const env = { ...process.env, ...environment, DISPLAY: `:${await displayNumber(screen)}` }
  const capabilities = { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } }

  async function createBrowserContext(): Promise<TestBrowserContext> {
    const session = await startWebDriverSession({ driver, capabilities, env })
    const context: TestBrowserContext = {
      newPage: async () => createWebDriverPage(session, await session.openWindow(), context),
      async close() {
        contexts.delete(context)
        await session.end()
      },
    }
    contexts.add(context)
    return context
  }

  return {
    createBrowserContext,
    async newPage() {
      ownContext ??= createBrowserContext()
      return (await ownContext).newPage()
    },
    async close() {
      await Promise.all([...contexts].map(context => context.close()))
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

function displayNumber(screen: StartedProcess): Promise<string> {
  return waitFor(() => /^(\d+)\n/m.exec(screen.output())?.[1], { timeoutMs: 20_000, what: 'the screen' })
}
