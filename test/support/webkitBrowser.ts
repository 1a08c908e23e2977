import type { WebkitPrograms } from '../parts/webkit.ts'
import type { TestBrowser, TestBrowserContext } from './testBrowser.ts'
import { startVirtualScreen } from './virtualScreen.ts'
import { createWebDriverPage } from './webDriverPage.ts'
import { startWebDriverSession } from './webDriverSession.ts'

/** Starts a screen; each context is a browser of its own on it, since one under a driver has a single, private, storage. */
export async function launchWebkit({ driver, browser, display }: WebkitPrograms): Promise<TestBrowser> {
  const screen = await startVirtualScreen(display)
  const contexts = new Set<TestBrowserContext>()
  let ownContext: Promise<TestBrowserContext> | undefined
  const capabilities = {
    'webkitgtk:browserOptions': {
      binary: browser,
      args: ['--automation', '--javascript-can-open-windows-automatically=true'],
    },
  }

  async function createBrowserContext(): Promise<TestBrowserContext> {
    const session = await startWebDriverSession({ driver, capabilities, env: screen.env })
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
      await screen.stop()
    },
  }
}
