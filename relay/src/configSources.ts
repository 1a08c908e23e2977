import { readFileSync } from 'node:fs'
import { type ErrorCode, LineCounter, parseDocument } from 'yaml'
import { ConfigError, didYouMean } from './configError.ts'
import { type ConfigOption, listConfigOptions } from './configOptions.ts'
import { unreadable } from './unreadable.ts'

export interface ConfigInput {
  /** Path of the YAML file. */
  file?: string
  /** For commands that serve no page. */
  withoutApps?: boolean
  env: Readonly<Record<string, string | undefined>>
  /** Values of command-line flags by their name, such as `--port`. */
  flags?: Readonly<Record<string, string | undefined>>
}

export interface MergedConfig {
  raw: Record<string, unknown>
  sourceOf(path: readonly PropertyKey[]): string
  files: string[]
  /** What the operator should know, although it does not keep the relay from starting. */
  warnings: string[]
}

/** Beside the options' own variables: these describe one app without any file. */
export const appVariables = {
  RELAY_KEY: 'keys',
  RELAY_ORIGINS: 'origins',
  SERVICE_NAME: 'name',
  ENVIRONMENT: 'environment',
  APP_VERSION: 'release',
  RELAY_TOKEN_SECRET: 'token.secret',
  RELAY_TOKEN_SECRET_FILE: 'token.secretFile',
} as const

/** Source of an app that no file lists. */
export const environment = 'environment'
const configurationFile = 'configuration file'

/** What people write by mistake, by the parser's code. Its own words quote the file. */
const yamlMends: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: "a * begins an alias there; quote it: ['*']",
  TAB_AS_INDENT: 'there is a tab; indent with spaces',
  DUPLICATE_KEY: 'this name is there twice; keep one of them',
}

/** File, then environment over it, then flags over both; remembers where each value was written. */
export function mergeSources(input: ConfigInput): MergedConfig {
  const options = listConfigOptions().filter(option => !option.path.includes('[]'))
  const raw = input.file === undefined ? {} : readYaml(input.file)
  const sources = new Map<string, string>()
  const set = (path: readonly string[], value: unknown, source: string) => {
    setAt(raw, path, value)
    sources.set(path.join('.'), source)
  }
  for (const option of options) {
    const found = fromEnvironment(option, input.env)
    if (found) set(option.path, found.value, found.source)
    const flag = option.flag && input.flags?.[option.flag]
    if (flag !== undefined && flag !== '') set(option.path, flag, `flag ${option.flag}`)
  }
  const app = environmentApp(input.env)
  if (app) {
    const apps = Array.isArray(raw.apps) ? raw.apps : []
    raw.apps = apps
    for (const [variable, name] of Object.entries(appVariables))
      sources.set(`apps.${apps.length}.${name}`, `environment variable ${variable}`)
    sources.set(`apps.${apps.length}`, environment)
    apps.push(app)
  }
  return {
    raw,
    sourceOf(path) {
      for (let length = path.length; length > 0; length--) {
        const source = sources.get(path.slice(0, length).map(String).join('.'))
        if (source) return source
      }
      return input.file ?? 'configuration'
    },
    files: [input.file, ...options.map(option => option.secret && input.env[`${option.env}_FILE`])].flatMap(
      file => file || [],
    ),
    warnings: [...findTypos(input.env, options), ...(app || !raw.apps ? [] : findUnused(input.env))],
  }
}

function environmentApp(env: ConfigInput['env']): Record<string, unknown> | undefined {
  if (!env.RELAY_KEY) return undefined
  const list = (value: string | undefined) => value?.split(',').flatMap(item => item.trim() || [])
  return {
    name: env.SERVICE_NAME || 'app',
    keys: list(env.RELAY_KEY),
    origins: list(env.RELAY_ORIGINS || undefined),
    environment: env.ENVIRONMENT || undefined,
    release: env.APP_VERSION || undefined,
    token:
      env.RELAY_TOKEN_SECRET || env.RELAY_TOKEN_SECRET_FILE
        ? { secret: env.RELAY_TOKEN_SECRET || undefined, secretFile: env.RELAY_TOKEN_SECRET_FILE || undefined }
        : undefined,
  }
}

function fromEnvironment(option: ConfigOption, env: ConfigInput['env']): { value: string; source: string } | undefined {
  if (!option.env) return undefined
  const value = env[option.env]
  const file = option.secret ? env[`${option.env}_FILE`] : undefined
  // An empty variable counts as none: compose files pass them on like that.
  if (!file) return value ? { value, source: `environment variable ${option.env}` } : undefined
  const source = `environment variable ${option.env}_FILE`
  if (value) throw new ConfigError([{ source, text: `is set beside ${option.env}: keep one of them` }])
  return { value: readText(file, source).trim(), source: `${file} (${option.env}_FILE)` }
}

function readYaml(file: string): Record<string, unknown> {
  const lineCounter = new LineCounter()
  // Without pretty errors: those quote the file, which may hold secrets.
  const text = readText(file, configurationFile)
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
  const problems = document.errors.map(error => {
    const { line, col } = lineCounter.linePos(error.pos[0])
    const how = yamlMends[error.code]
    return {
      source: `${file} line ${line}, column ${col}`,
      text: `is not valid YAML (${error.code})${how ? `: ${how}` : ''}`,
    }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  const value = toValue(document, file)
  if (value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ConfigError([{ source: file, text: 'must be options with values, such as `port: 8080`' }])
}

function toValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    const text =
      'has an alias (*name) without its anchor (&name), or too many of them: write the value itself instead, in quotes where it begins with *'
    throw new ConfigError([{ source: file, text }])
  }
}

function readText(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const how =
      code === 'ENOENT' && source === configurationFile ? `; \`loki-beacon-relay init ${file}\` writes one` : ''
    throw new ConfigError([{ source, text: `names ${file}, which ${unreadable(error)}${how}` }])
  }
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = target
  for (const step of path.slice(0, -1)) {
    const next = node[step]
    // A file that has something else here is told so by the schema, unless the environment replaces it.
    if (typeof next !== 'object' || next === null || Array.isArray(next)) node[step] = {}
    node = node[step] as Record<string, unknown>
  }
  node[path.at(-1)!] = value
}

/** They add an app to those of the file, and change none of them. */
function findUnused(env: ConfigInput['env']): string[] {
  return Object.keys(appVariables)
    .filter(name => name.startsWith('RELAY_') && env[name])
    .map(name => `environment variable ${name} has no effect without RELAY_KEY: the apps are those of the file`)
}

/** Orchestrators set variables of their own with these prefixes, so an unknown one is no error; a near miss is worth a word. */
function findTypos(env: ConfigInput['env'], options: readonly ConfigOption[]): string[] {
  const known = [
    'RELAY_CONFIG',
    ...Object.keys(appVariables),
    ...options.flatMap(({ env: name, secret }) => (name ? [name, ...(secret ? [`${name}_FILE`] : [])] : [])),
  ]
  const ours = Object.keys(env).filter(name => /^(RELAY|LOKI)_/.test(name) && env[name] && !known.includes(name))
  return ours
    .filter(name => !/_(SERVICE|PORT)(_|$)/.test(name))
    .map(name => ({ name, hint: didYouMean(name, known) }))
    .filter(({ hint }) => hint !== '')
    .map(({ name, hint }) => `environment variable ${name} is not known${hint}`)
}
