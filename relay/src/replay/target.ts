import { readFile } from 'node:fs/promises'
import { CommandError } from '../cli/commandError.ts'
import type { AppConfig, RelayConfig } from '../config.ts'
import { unreadable } from '../unreadable.ts'

/** Where to and in whose name. */
export interface ReplayTarget {
  url: string
  key: string
  origin?: string
  /** Read anew for each batch, since tokens are short-lived. */
  token?(): Promise<string>
}

export interface TargetFlags {
  url?: string
  key?: string
  app?: string
  origin?: string
  tokenFile?: string
}

/** What is not given by a flag comes from the relay's own configuration. */
export function findTarget(flags: TargetFlags, load: () => RelayConfig): ReplayTarget {
  const { tokenFile } = flags
  const config = flags.url === undefined || flags.key === undefined ? load() : undefined
  const app = flags.key === undefined ? chooseApp(config!.apps, flags.app) : ownerOf(config, flags.key)
  const url = flags.url === undefined ? addressOf(config!) : checkUrl(flags.url)
  return {
    url,
    key: flags.key ?? app!.keys[0]!,
    origin: flags.origin ?? allowedOrigin(app),
    ...(tokenFile !== undefined && { token: () => readToken(tokenFile) }),
  }
}

function ownerOf(config: RelayConfig | undefined, key: string): AppConfig | undefined {
  return config?.apps.find(app => app.keys.includes(key))
}

function chooseApp(apps: readonly AppConfig[], name: string | undefined): AppConfig {
  const usable = apps.filter(app => app.keys.length > 0 && (name === undefined || app.name === name))
  if (usable.length === 1) return usable[0]!
  const names = apps.map(app => app.name).join(', ')
  if (apps.length === 0)
    throw new CommandError("in whose name? Give --key, or the relay's configuration by --config", 'usage')
  throw new CommandError(
    name === undefined ? `which app? Give --app with one of ${names}` : `no app ${name} has a key: there are ${names}`,
    'usage',
  )
}

/** Only `*` lets in who names none. A host below a `*.` is any. */
function allowedOrigin(app: AppConfig | undefined): string | undefined {
  if (!app || app.origins.includes('*')) return undefined
  return app.origins[0]?.replace('*', 'replay')
}

function addressOf({ host = '127.0.0.1', port }: RelayConfig): string {
  if (port === 0)
    throw new CommandError('the relay takes any free port: give its address by --url; its log line "listening" tells')
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function checkUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new CommandError('--url must be the address of a relay, such as https://logs.example.com', 'usage')
  return url.href.replace(/\/+$/, '')
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new CommandError(`--token-file names ${file}, which ${unreadable(error)}`)
  }
}
