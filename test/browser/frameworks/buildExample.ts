import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { compile } from 'svelte/compiler'

const examples = join(import.meta.dirname, '../../../demo/frameworks')

/** Compiles Svelte's components. */
const svelte: Plugin = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, 'utf8'), { filename: path, generate: 'client' }).js.code,
      loader: 'js',
    }))
  },
}

export interface BuildOptions {
  /** Packages that stand in for others. */
  alias?: Record<string, string>
  /** Frameworks check and tell more then. @defaultValue `'production'` */
  mode?: 'production' | 'development'
}

const built = new Map<string, Promise<string>>()

/**
 * What a user's bundler makes of an example with the built package: `buildExample('react/main.tsx')`. Other modules by
 * their absolute path.
 */
export function buildExample(entry: string, options: BuildOptions = {}): Promise<string> {
  const name = JSON.stringify([entry, options])
  const script = built.get(name) ?? bundle(entry, options)
  built.set(name, script)
  return script
}

async function bundle(entry: string, { alias, mode = 'production' }: BuildOptions): Promise<string> {
  const result = await build({
    entryPoints: [resolve(examples, entry)],
    tsconfig: join(examples, 'tsconfig.json'),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser', mode],
    define: {
      'process.env.NODE_ENV': JSON.stringify(mode),
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      ngDevMode: 'false',
      ngServerMode: 'false',
    },
    alias,
    plugins: [svelte],
  })
  return result.outputFiles[0]!.text
}
