import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { waitFor } from './waitFor.ts'

export interface WebDriverOptions {
  driver: string
  /** The `alwaysMatch` of https://www.w3.org/TR/webdriver2/#capabilities */
  capabilities: Record<string, unknown>
  env: NodeJS.ProcessEnv
}

/** Sends one command of https://www.w3.org/TR/webdriver2/#endpoints, such as `POST`, `/url`; returns its value. */
export type SendCommand = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>

/** A browser under a driver of its own. */
export interface WebDriverSession {
  /** Opens a window beside the others, in sight like them, and returns its handle. */
  openWindow(): Promise<string>
  /** Works in that window, after whatever works in any of them: commands go to the one that is current. */
  inWindow<Result>(handle: string, work: (send: SendCommand) => Promise<Result>): Promise<Result>
  end(): Promise<void>
}

const startTimeoutMs = 30_000
const commandTimeoutMs = 60_000
// WebKit keeps the limit for scripts with the page's own setTimeout, which some pages of ours have broken.
const timeouts = { script: null, pageLoad: 30_000 }

export async function startWebDriverSession(options: WebDriverOptions): Promise<WebDriverSession> {
  const dir = await mkdtemp(join(tmpdir(), 'loki-beacon-webdriver-'))
  const [port] = await freePorts(1)
  const process = await startProcess(options.driver, [`--port=${port}`], {
    env: { ...options.env, ...ownDirs(dir) },
    outputFile: join(dir, 'output'),
  })
  const driverUrl = `http://127.0.0.1:${port}`
  try {
    await waitFor(() => command(`${driverUrl}/status`, 'GET'), { timeoutMs: startTimeoutMs, what: 'the driver' })
    const alwaysMatch = { timeouts, ...options.capabilities }
    const created = await command(`${driverUrl}/session`, 'POST', { capabilities: { alwaysMatch } })
    const { sessionId } = created as { sessionId: string }
    return await createSession(`${driverUrl}/session/${sessionId}`, stop)
  } catch (error) {
    const output = process.output()
    await stop()
    throw new Error(`no WebDriver session: ${output}`, { cause: error })
  }

  async function stop(): Promise<void> {
    await process.kill('SIGTERM')
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  }
}

async function createSession(url: string, stop: () => Promise<void>): Promise<WebDriverSession> {
  const send: SendCommand = (method, path, body) => command(url + path, method, body)
  // Never used, never closed: with the last window the session would end, and in a closed one nothing can be opened.
  const firstWindow = (await send('GET', '/window')) as string
  let current = firstWindow
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  async function switchTo(handle: string): Promise<void> {
    if (handle !== current) await send('POST', '/window', { handle })
    current = handle
  }

  return {
    openWindow: () =>
      inTurn(async () => {
        await switchTo(firstWindow)
        const { handle } = (await send('POST', '/window/new', { type: 'window' })) as { handle: string }
        return handle
      }),
    inWindow: (handle, work) =>
      inTurn(async () => {
        await switchTo(handle)
        return work(send)
      }),
    end: () =>
      inTurn(async () => {
        // A browser that has died is gone already.
        await send('DELETE', '').catch(() => {})
        await stop()
      }),
  }
}

async function command(url: string, method: string, body: object = {}): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(commandTimeoutMs),
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`${method} ${new URL(url).pathname}: ${error}: ${message}`)
}

/** Nothing is read from, or left in, the home of whoever runs the tests. */
function ownDirs(dir: string): NodeJS.ProcessEnv {
  return { XDG_CACHE_HOME: join(dir, 'cache'), XDG_CONFIG_HOME: join(dir, 'config'), XDG_DATA_HOME: join(dir, 'data') }
}
