export interface ImportRules {
  /** Folder that the zones' paths are relative to. */
  root: string
  /** Zone by folder (`api/`) or by file (`start.ts`, `spool/spool.ts`); any other file beside the folders is a leaf. */
  zones: Record<string, string>
  /** Zones that each zone may import, beside itself and leaves. */
  allowed: Record<string, readonly string[]>
  /** Zones that may not even import leaves. */
  alone: readonly string[]
  /** Packages that may be imported, beside those of `package.json`. */
  packages: readonly string[]
  /** By zone: optional peers that it may import. */
  peers?: Record<string, readonly string[]>
}

/** The zone that every zone may import, and that imports itself alone. */
export const leaf = 'leaf'

/** cdn -> index -> core -> api -> start -> stages -> web; no stage knows another: `start` hands each the next. */
export const sdkRules: ImportRules = {
  root: 'sdk/src',
  zones: {
    'loader.ts': 'loader',
    'cdn.ts': 'cdn',
    'index.ts': 'index',
    'core.ts': 'core',
    'api/': 'api',
    'start.ts': 'start',
    'startDelivery.ts': 'start',
    'startFeatures.ts': 'start',
    'startPlugins.ts': 'start',
    'capture.ts': 'captureEntry',
    'capture/': 'capture',
    'context/': 'context',
    'pipeline/': 'pipeline',
    'queue/': 'queue',
    'transport/': 'transport',
    'web/': 'web',
    // Entries of their own, each for one framework.
    'frameworks/': 'frameworks',
  },
  allowed: {
    loader: [],
    cdn: ['index', 'api', 'capture'],
    index: ['core', 'api', 'capture', 'start'],
    captureEntry: ['capture'],
    core: ['api'],
    api: ['start', 'web'],
    start: ['capture', 'context', 'pipeline', 'queue', 'transport', 'web'],
    capture: ['web'],
    context: ['web'],
    pipeline: ['web'],
    queue: ['web'],
    transport: ['web'],
    web: [],
    frameworks: ['core', 'pipeline', 'web'],
  },
  // Pasted into pages as it is.
  alone: ['loader'],
  packages: [],
  peers: { frameworks: ['react'] },
}

/** main -> start -> everything; app -> api -> auth and decode; no other stage knows another. */
export const relayRules: ImportRules = {
  root: 'relay/src',
  zones: {
    'main.ts': 'main',
    'program.ts': 'main',
    'runProgram.ts': 'main',
    // The command `check`.
    'check/': 'check',
    // What all commands share.
    'cli/': 'cli',
    'init/': 'init',
    'replay/': 'replay',
    'start.ts': 'start',
    'startShipping.ts': 'start',
    'app.ts': 'app',
    'api/': 'api',
    'auth/': 'auth',
    'decode/': 'decode',
    'live/': 'live',
    // The commands for the spool, and their way into a running relay.
    'operator/': 'operator',
    'process/': 'process',
    'spool/': 'spool',
    // The interface: who appends and who ships know it, and no engine behind it.
    'spool/spool.ts': leaf,
    'upstream/': 'upstream',
  },
  allowed: {
    main: ['start', 'check', 'cli', 'init', 'operator', 'replay'],
    check: ['cli', 'upstream'],
    cli: [],
    init: ['cli'],
    // Judges plain records as the relay does.
    replay: ['cli', 'decode'],
    start: ['app', 'api', 'auth', 'decode', 'live', 'operator', 'process', 'spool', 'upstream'],
    app: ['api', 'auth', 'live'],
    api: ['auth', 'decode'],
    auth: [],
    decode: [],
    live: [],
    operator: ['cli', 'spool'],
    process: [],
    spool: [],
    upstream: [],
  },
  alone: [],
  // Types alone, of the contract with the page.
  packages: ['loki-beacon/wire'],
}
