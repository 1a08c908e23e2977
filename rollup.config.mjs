import { cpSync, readFileSync, rmSync } from 'node:fs'
import resolve from '@rollup/plugin-node-resolve'
import dts from 'rollup-plugin-dts'
import esbuild from 'rollup-plugin-esbuild'

const sdk = JSON.parse(readFileSync('sdk/package.json', 'utf8'))
const relay = JSON.parse(readFileSync('relay/package.json', 'utf8'))

for (const dir of ['sdk/dist', 'relay/dist', 'demo/dist']) rmSync(dir, { recursive: true, force: true })

// The oldest engines with all that the SDK cannot do without; newer APIs are feature-detected.
// Safari 14.0 gets destructuring wrong and esbuild can't transform it: https://github.com/evanw/esbuild/issues/4436
const browsers = ['chrome80', 'firefox78', 'safari14.1']

const forBrowsers = options =>
  esbuild({
    target: browsers,
    // All have it; Chrome before 91 but for arguments that are spread in such a call, of which the package's tests find none.
    supported: { 'optional-chain': true },
    define: { __SDK_VERSION__: JSON.stringify(sdk.version) },
    tsconfig: 'sdk/tsconfig.json',
    ...options,
  })

/** A chunk each, so that a user's bundler leaves out those of the dependency's modules that nothing uses. */
const ownChunk = id => /\/capture\/(webVitals\w*)\.ts$/.exec(id)?.[1]

const sdkEntries = {
  ...named(['index', 'core', 'capture', 'loader', 'wire'], ''),
  ...named(['react', 'vue', 'angular', 'svelte', 'next', 'worker', 'otel', 'loggers'], 'frameworks/'),
}
const sdkExternals = Object.keys({ ...sdk.dependencies, ...sdk.peerDependencies })
const isExternalToSdk = id => sdkExternals.some(name => id === name || id.startsWith(`${name}/`))

export default [
  // npm: ES modules, left readable for the user's own bundler, with one declaration file an entry.
  {
    input: sdkEntries,
    external: isExternalToSdk,
    plugins: [forBrowsers({})],
    output: {
      dir: 'sdk/dist',
      format: 'es',
      chunkFileNames: 'shared-[hash].js',
      manualChunks: ownChunk,
      onlyExplicitManualChunks: true,
      // Bundlers warn of an import for its effects, in a package that says it has none.
      hoistTransitiveImports: false,
      sourcemap: true,
      // Rollup drops directives; without this one a server component could not import it (https://react.dev/reference/rsc/use-client).
      banner: chunk => (chunk.name === 'react' ? "'use client'" : ''),
    },
  },
  ...Object.entries(sdkEntries).map(([name, input]) => ({
    input,
    external: isExternalToSdk,
    plugins: [dts({ tsconfig: 'sdk/tsconfig.json' })],
    output: { file: `sdk/dist/${name}.d.ts`, format: 'es' },
  })),
  // Script tag: everything in one file; the loader is to be pasted inline.
  ...[
    ['cdn', 'loki-beacon'],
    ['loader', 'loki-beacon-loader'],
  ].map(([entry, file]) => ({
    input: `sdk/src/${entry}.ts`,
    plugins: [resolve({ browser: true }), forBrowsers({ minify: true })],
    output: { file: `sdk/dist/${file}.js`, format: 'iife', sourcemap: true },
  })),
  // Relay: one output file for each source file, so that stack traces read like the source.
  {
    input: ['relay/src/main.ts', 'relay/src/spool/sqliteWorker.ts'],
    external: id =>
      id.startsWith('node:') || Object.keys(relay.dependencies).some(name => id === name || id.startsWith(`${name}/`)),
    plugins: [
      resolve({ preferBuiltins: true }),
      esbuild({
        target: 'node24',
        tsconfig: 'relay/tsconfig.json',
        define: { __RELAY_VERSION__: JSON.stringify(relay.version), __SDK_VERSION__: JSON.stringify(sdk.version) },
      }),
      shipWithRelay(),
    ],
    output: {
      dir: 'relay/dist',
      format: 'es',
      preserveModules: true,
      preserveModulesRoot: 'relay/src',
      sourcemap: true,
    },
  },
  // Demo: what a user's own bundler makes of `import { init } from 'loki-beacon'`.
  {
    input: 'demo/shop.ts',
    plugins: [resolve({ browser: true }), esbuild({ target: browsers })],
    output: { file: 'demo/dist/shop.js', format: 'es', sourcemap: true },
  },
]

function named(names, folder) {
  return Object.fromEntries(names.map(name => [name, `sdk/src/${folder}${name}.ts`]))
}

/** The relay serves the SDK's script-tag bundles and the live page: both travel in its package. */
function shipWithRelay() {
  return {
    name: 'ship-with-relay',
    writeBundle() {
      cpSync('relay/src/live/page', 'relay/dist/live/page', { recursive: true })
      for (const file of ['loki-beacon.js', 'loki-beacon.js.map', 'loki-beacon-loader.js'])
        cpSync(`sdk/dist/${file}`, `relay/dist/sdk/${file}`)
    },
  }
}
