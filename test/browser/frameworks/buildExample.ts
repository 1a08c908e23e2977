import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** What a user's bundler makes of an example with the built package: `buildExample('react/main.tsx')`. */
export async function buildExample(entry: string, { alias, mode = 'production' }: BuildOptions = {}): Promise<string> {
  const result = await build({
    entryPoints: [join(examples, entry)],
    tsconfig: join(examples, 'tsconfig.json'),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // Names of functions are what the tests look for in stacks.
    keepNames: true,
    minify: mode === 'production',
    conditions: ['browser', mode],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode), __VUE_OPTIONS_API__: 'true', ngDevMode: 'false' },
    alias,
    plugins: [svelte],
  })
  return result.outputFiles[0]!.text
}
