import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { caddy } from '../parts/caddy.ts'
import { nginx } from '../parts/nginx.ts'
import { type StartedProcess, startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { tempDir } from './tempDir.ts'
import { waitFor } from './waitFor.ts'

export interface ReverseProxy {
  /** Of the site; the relay is below `/telemetry/`. */
  origin: string
  port: number
  output(): string
}

export interface ProxyOptions {
  relayUrl: string
  /** Serves what is not below `/telemetry/`. */
  siteUrl: string
  /** @defaultValue any free one */
  port?: number
}

const deploy = join(import.meta.dirname, '../../deploy')

export const reverseProxies = { nginx: startNginx, caddy: startCaddy }

/** nginx with the files of `deploy/nginx`: other ports and directories, and no TLS. */
async function startNginx(t: TestContext, { relayUrl, siteUrl, port }: ProxyOptions): Promise<ReverseProxy> {
  const program = nginx.find()
  if (!program) throw new Error(`${nginx.name} is missing: ${nginx.howToGet}`)
  const dir = await tempDir(t)
  const listenPort = port ?? (await freePorts(1))[0]!
  await adapt('nginx/upstream.conf', dir, { '127.0.0.1:8080': new URL(relayUrl).host })
  await adapt('nginx/telemetry.conf', dir, {})
  await adapt('nginx/shop.example.conf', dir, {
    '/etc/nginx/loki-beacon': dir,
    '  listen [::]:443 ssl;\n': '',
    'listen 443 ssl': `listen 127.0.0.1:${listenPort}`,
    '  ssl_certificate /etc/letsencrypt/live/shop.example/fullchain.pem;\n': '',
    '  ssl_certificate_key /etc/letsencrypt/live/shop.example/privkey.pem;\n': '',
    'root /var/www/shop.example': `proxy_pass ${siteUrl}`,
  })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await writeFile(
    join(dir, 'nginx.conf'),
    // One process, so that its end is the end of all of it.
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr warn;
events {}
http {
  access_log off;
  ${temporary.map(name => `${name}_temp_path ${dir}/${name};`).join(' ')}
  include ${dir}/shop.example.conf;
}`,
  )
  const outputFile = join(dir, 'output.log')
  const args = ['-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')]
  const started = await startProcess(program, args, { env: process.env, cwd: dir, outputFile })
  return untilItAnswers(t, started, listenPort)
}

/** Caddy with the files of `deploy/caddy`, by the variables that they read. */
async function startCaddy(t: TestContext, options: ProxyOptions): Promise<ReverseProxy> {
  const port = options.port ?? (await freePorts(1))[0]!
  const started = await runCaddy(t, { ...options, address: `http://127.0.0.1:${port}` })
  return untilItAnswers(t, started, port)
}

/** Without waiting for it to answer: `https://localhost` gets a certificate that nobody knows. */
export async function runCaddy(t: TestContext, options: ProxyOptions & { address: string }): Promise<StartedProcess> {
  const program = caddy.find()
  if (!program) throw new Error(`${caddy.name} is missing: ${caddy.howToGet}`)
  const dir = await tempDir(t)
  const [redirectPort] = await freePorts(1)
  const started = await startProcess(program, ['run', '--config', join(deploy, 'caddy/Caddyfile')], {
    env: {
      ...process.env,
      HOME: dir,
      XDG_DATA_HOME: dir,
      XDG_CONFIG_HOME: dir,
      HTTP_PORT: String(redirectPort),
      SITE_ADDRESS: options.address,
      RELAY_UPSTREAM: new URL(options.relayUrl).host,
      SITE_UPSTREAM: new URL(options.siteUrl).host,
    },
    cwd: dir,
    outputFile: join(dir, 'output.log'),
  })
  t.after(() => started.kill('SIGKILL'))
  return started
}

/** A copy with other words for some; that one of them is not there is an error. */
async function adapt(file: string, dir: string, changes: Record<string, string>): Promise<void> {
  let text = await readFile(join(deploy, file), 'utf8')
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`deploy/${file} does not say ${from.trim()}`)
    text = text.replaceAll(from, to)
  }
  await writeFile(join(dir, file.split('/').at(-1)!), text)
}

async function untilItAnswers(t: TestContext, started: StartedProcess, port: number): Promise<ReverseProxy> {
  t.after(() => started.kill('SIGKILL'))
  const origin = `http://127.0.0.1:${port}`
  try {
    await waitFor(async () => started.ended() !== undefined || (await fetch(`${origin}/telemetry/healthz`)).ok, {
      timeoutMs: 20_000,
      what: `the relay to answer through ${origin}`,
    })
    if (started.ended()) throw new Error('it ended at once')
  } catch (error) {
    throw new Error(`the proxy does not work:\n${started.output()}`, { cause: error })
  }
  return { origin, port, output: started.output }
}
