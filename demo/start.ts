import { once } from 'node:events'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { freePort, host } from './freePort.ts'
import { runRelay } from './runRelay.ts'
import { serveDemo } from './serveDemo.ts'

/** What `npm start` runs after the build: the relay and the shop, until Ctrl-C. */

const root = fileURLToPath(new URL('..', import.meta.url))
const { DEMO_PORT, RELAY_PORT, RELAY_ADMIN_PORT, RELAY_DATA_DIR, LOKI_ENDPOINT, LOKI_TENANT_ID } = process.env
const dataDir = resolve(root, RELAY_DATA_DIR ?? '.data/relay')

try {
  await start()
} catch (error) {
  fail((error as Error).message)
}

async function start(): Promise<void> {
  const demoPort = await choosePort('demo', DEMO_PORT, 3000, [])
  const relayPort = await choosePort('relay', RELAY_PORT, 8080, [demoPort])
  const adminPort = await choosePort('live page', RELAY_ADMIN_PORT, 9464, [demoPort, relayPort])
  const demoUrl = `http://${host}:${demoPort}`
  const relayUrl = `http://${host}:${relayPort}`
  const liveUrl = `http://${host}:${adminPort}/live/`

  const relay = runRelay(
    {
      ...environmentOfRelay(),
      RELAY_KEY: 'pk_demo_shop',
      RELAY_ORIGINS: `${demoUrl},http://localhost:${demoPort}`,
      RELAY_DATA_DIR: dataDir,
      RELAY_HOST: host,
      RELAY_PORT: String(relayPort),
      RELAY_ADMIN_HOST: host,
      RELAY_ADMIN_PORT: String(adminPort),
      SERVICE_NAME: 'shop',
      ENVIRONMENT: 'demo',
    },
    line => console.error(`${paint('yellow', 'relay')}  ${line}`),
  )
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!stopping) console.log('\nStopping: the relay finishes what it has. Press Ctrl-C again to end it at once.')
      stopping = true
      relay.stop()
    })
  try {
    await relay.ready
  } catch (error) {
    if (stopping) return
    throw new Error(`the relay did not start: ${(error as Error).message}`)
  }

  const demo = serveDemo(() => ({ relayUrl, liveUrl }))
  demo.listen(demoPort, host)
  await once(demo, 'listening').catch(error => {
    relay.stop()
    throw error
  })
  tellAddresses({ demoUrl, relayUrl, liveUrl })

  await relay.ended
  demo.close()
  demo.closeAllConnections()
  if (!stopping) throw new Error('the relay ended by itself; what it said is above')
  console.log(`Stopped. What the relay accepted is in ${shortPath(dataDir)}.`)
}

/** LOKI_* and the rest pass through; RELAY_* of this shell is meant for another relay. */
function environmentOfRelay(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RELAY_')))
}

async function choosePort(
  what: string,
  given: string | undefined,
  usual: number,
  chosen: readonly number[],
): Promise<number> {
  const wanted = Number(given ?? usual)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) throw new Error(`${given} is no port for the ${what}`)
  const port = await freePort(wanted, chosen)
  if (wanted !== 0 && port !== wanted) console.log(`Port ${wanted} is taken, so the ${what} is on ${port}.`)
  return port
}

function tellAddresses({ demoUrl, relayUrl, liveUrl }: Record<'demoUrl' | 'relayUrl' | 'liveUrl', string>): void {
  const row = (name: string, text: string) => `  ${paint('dim', name.padEnd(10))} ${text}`
  const lines = [
    '',
    paint('bold', 'loki-beacon demo'),
    '',
    row('Shop', `${paint('cyan', demoUrl)} (script tag)`),
    row('', `${paint('cyan', `${demoUrl}/npm.html`)} (npm package)`),
    row('Live page', `${paint('cyan', liveUrl)} (watch the records arrive)`),
    row('Relay', relayUrl),
    row('Data', shortPath(dataDir)),
    '',
    ...(LOKI_ENDPOINT ? forwarding(LOKI_ENDPOINT) : standalone()),
    '',
    '  Ctrl-C stops all.',
    '',
  ]
  console.log(lines.join('\n'))
}

function forwarding(endpoint: string): string[] {
  const tenant = LOKI_TENANT_ID ? `, tenant ${LOKI_TENANT_ID}` : ''
  return [
    `  Forwarding to Loki at ${URL.parse(endpoint)?.host}${tenant}. In Grafana, Explore:`,
    `    ${paint('cyan', '{app="shop", env="demo"} | json')}`,
    `    ${paint('cyan', '{app="shop", env="demo", kind="exception"}')}`,
  ]
}

function standalone(): string[] {
  return [
    '  No LOKI_ENDPOINT is set: the records are kept on disk and shown on the live page.',
    '  Ship them, those that wait too:',
    `    ${paint('cyan', 'LOKI_ENDPOINT=http://localhost:3100 npm start')}`,
  ]
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}

function fail(reason: string): void {
  console.error(`${paint('red', 'The demo stopped:')} ${reason}`)
  process.exitCode = 1
}

function paint(style: 'bold' | 'dim' | 'cyan' | 'red' | 'yellow', text: string): string {
  return styleText(style, text, { stream: style === 'red' || style === 'yellow' ? process.stderr : process.stdout })
}
