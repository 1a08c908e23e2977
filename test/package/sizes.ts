import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export interface EntrySize {
  /** As a user names it. */
  entry: string
  rawBytes: number
  gzipBytes: number
  brotliBytes: number
  /** Gzip, since that is what every CDN serves at least. */
  limitBytes?: number
}

const kb = 1000

/** What a page pays for each entry. */
const entries: { entry: string; file: string; limitBytes?: number }[] = [
  { entry: 'loki-beacon', file: 'index.js', limitBytes: 35.4 * kb },
  { entry: 'loki-beacon/core', file: 'core.js', limitBytes: 22.35 * kb },
  { entry: 'loki-beacon.js', file: 'loki-beacon.js', limitBytes: 35.9 * kb },
  { entry: 'loki-beacon/react', file: 'react.js', limitBytes: 0.85 * kb },
  { entry: 'loki-beacon/vue', file: 'vue.js', limitBytes: 0.4 * kb },
  { entry: 'loki-beacon/angular', file: 'angular.js', limitBytes: 0.3 * kb },
  { entry: 'loki-beacon/svelte', file: 'svelte.js', limitBytes: 0.4 * kb },
  { entry: 'loki-beacon/next', file: 'next.js', limitBytes: 0.5 * kb },
  { entry: 'loki-beacon/worker', file: 'worker.js', limitBytes: 4 * kb },
  { entry: 'loki-beacon/otel', file: 'otel.js', limitBytes: 0.8 * kb },
  { entry: 'loki-beacon/loggers', file: 'loggers.js', limitBytes: 0.9 * kb },
  { entry: 'loki-beacon-loader.js', file: 'loki-beacon-loader.js', limitBytes: 0.7 * kb },
]

/** Measures the built SDK: modules as a user's bundler makes them, with dependencies; script-tag files as they are. */
export function measureSizes(repository: string): Promise<EntrySize[]> {
  const dist = join(repository, 'sdk/dist')
  return Promise.all(
    entries.map(async ({ entry, file, limitBytes }) => {
      const path = join(dist, file)
      const bytes = file.startsWith('loki-beacon') ? withoutMapComment(readFileSync(path, 'utf8')) : await bundle(path)
      return {
        entry,
        rawBytes: bytes.length,
        gzipBytes: gzipSync(bytes, { level: 9 }).length,
        brotliBytes: brotliCompressSync(bytes).length,
        limitBytes,
      }
    }),
  )
}

export function checkSizes(sizes: readonly EntrySize[]): string[] {
  return sizes
    .filter(({ gzipBytes, limitBytes }) => limitBytes !== undefined && gzipBytes > limitBytes)
    .map(({ entry, gzipBytes, limitBytes }) => `${entry}: ${gzipBytes} bytes of gzip, over its limit of ${limitBytes}`)
}

async function bundle(path: string): Promise<Buffer> {
  const result = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2020',
    write: false,
    // The page has it anyway.
    external: ['react'],
    logLevel: 'silent',
  })
  return Buffer.from(result.outputFiles[0]?.contents ?? [])
}

function withoutMapComment(script: string): Buffer {
  return Buffer.from(script.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, ''))
}
