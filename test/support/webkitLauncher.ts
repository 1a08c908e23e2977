import { join } from 'node:path'
import type { WebkitPrograms } from '../parts/webkit.ts'
import { startProcess } from './childProcess.ts'
import { killTree } from './killTree.ts'
import type { ProfileBrowser } from './profileBrowser.ts'
import { startVirtualScreen } from './virtualScreen.ts'

/** Opens the address in a WebKit without a driver: one under a driver forgets at its end all that pages have stored. */
export async function launchWebkitOnProfile(
  { browser, display }: WebkitPrograms,
  profileDir: string,
  address: string,
): Promise<ProfileBrowser> {
  const screen = await startVirtualScreen(display)
  const dirs = {
    XDG_CACHE_HOME: join(profileDir, 'cache'),
    XDG_CONFIG_HOME: join(profileDir, 'config'),
    XDG_DATA_HOME: join(profileDir, 'data'),
  }
  const started = await startProcess(browser, [address], {
    env: { ...screen.env, ...dirs },
    outputFile: join(profileDir, 'output'),
  })
  return {
    async quit() {
      await started.kill('SIGTERM')
      await screen.stop()
    },
    async kill() {
      const atMs = killTree(started.pid)
      await started.kill('SIGKILL')
      await screen.stop()
      return atMs
    },
  }
}
