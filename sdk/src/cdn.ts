import { createInertLogger, isOpen } from './api/init.ts'
import { allPlugins } from './capture/allPlugins.ts'
import { type InitOptions, init, type Logger } from './index.ts'

/**
 * The script tag's bundle. The global `lokiBeacon` is the logger that the tag's `data-` attributes ask for, with `init`
 * on it; without `data-key` it does nothing until `init` is called.
 */

type Global = Partial<Logger> & { init?(options: InitOptions): Logger; queue?: { entries: unknown[][] } }

if (typeof document !== 'undefined') {
  try {
    install(window as { lokiBeacon?: Global })
  } catch (fault) {
    console.warn('loki-beacon: the script tag failed', fault)
  }
}

function install(page: { lokiBeacon?: Global }): void {
  const early = page.lokiBeacon
  // A second tag: the first stays.
  if (early && !early.queue) return
  const global: Global = early ?? createInertLogger(() => {})
  // So that it, too, is the logger that `init` makes.
  if (!early) global.with = () => global as Logger
  page.lokiBeacon = global
  // `init` consumes the loader's queue, so a call of `init` in it is looked up before.
  const call = early?.queue?.entries.find(([, method]) => method === 'init')?.[2] as [InitOptions] | undefined
  let held: Logger | undefined
  global.init = options => {
    const logger = init(options)
    if (!held || !isOpen(held)) {
      held = logger
      Object.assign(global, held)
    }
    return logger
  }
  const options = readTag(document.currentScript) ?? call?.[0]
  if (options) global.init(options)
}

function readTag(script: HTMLOrSVGScriptElement | null): InitOptions | undefined {
  if (!script?.dataset.key) return undefined
  const { url, minLevel, consent, persistence, console, capture, sampleRate, debug, ...texts } = script.dataset
  return withoutBlanks({
    key: texts.key,
    app: texts.app,
    release: texts.release,
    environment: texts.environment,
    preset: texts.preset,
    minLevel,
    consent,
    url: url || relayOf((script as HTMLScriptElement).src),
    buffer: withoutBlanks({ persistence }),
    console: /^(true|false)?$/.test(console ?? '') ? readFlag(console) : console?.split(','),
    capture: readCapture(capture),
    sampleRate: sampleRate && Number(sampleRate),
    debug: readFlag(debug),
  }) as unknown as InitOptions
}

/** The relay serves the bundle below `/sdk/`, perhaps itself below a path of the page's own origin. */
function relayOf(source: string): string {
  const { origin, pathname } = new URL(source)
  return origin + (/^(.*?)\/sdk\//.exec(pathname)?.[1] ?? '')
}

/** `data-capture="errors,network"`: these and nothing else; `data-capture="false"`: nothing. */
function readCapture(names: string | undefined): object | false | undefined {
  if (!names) return undefined
  if (names === 'false') return false
  const wanted = names.split(/[\s,]+/)
  const known = ['errors', 'rejections', ...allPlugins.map(({ name }) => name)]
  return Object.fromEntries([...known, ...wanted].map(name => [name, wanted.includes(name)]))
}

/** As in HTML, being there is enough: `data-debug`. */
function readFlag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text !== 'false'
}

/** A template that had nothing to fill in leaves `data-release=""`. */
function withoutBlanks(options: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(options)) if (options[name] === '') delete options[name]
  return options
}
