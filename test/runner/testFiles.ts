import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { importsOf } from '../package/importsOf.ts'

/** A browser test runs in each of those it can use that is there. */
export const engines = ['chromium', 'firefox', 'webkit'] as const

export type Need =
  | 'loki'
  | 'lokiProgram'
  | 'bubblewrap'
  | 'systemdAnalyze'
  | 'smallDisks'
  | 'libfaketime'
  | 'nginx'
  | 'caddy'
  | 'prometheus'
  | 'zsh'
  | 'fish'
  | (typeof engines)[number]

export interface TestFile {
  /** Relative to the repository, with slashes. */
  path: string
  /** One at a time: it drives browsers, kills processes or measures time. */
  serial: boolean
  needs: ReadonlySet<Need>
}

/** Folders whose tests would disturb each other on a machine with few cores. */
const serialFolders = ['test/browser/', 'test/deploy/', 'test/e2e/', 'test/package/', 'test/promise/']

/** The helpers that bring a real part into a test. */
const bringers: Record<string, Need[]> = {
  'test/support/realLoki.ts': ['loki'],
  'test/support/confinedRelay.ts': ['bubblewrap'],
  'test/support/imageByHand.ts': ['bubblewrap'],
  'test/support/reverseProxies.ts': ['nginx', 'caddy'],
  'test/support/analyzeUnit.ts': ['systemdAnalyze'],
  'test/support/smallDisk.ts': ['smallDisks'],
  'test/support/wallClock.ts': ['libfaketime'],
  'test/support/realPrometheus.ts': ['prometheus'],
  'test/support/zshShell.ts': ['zsh'],
  'test/support/fishShell.ts': ['fish'],
  'test/support/puppeteerBrowsers.ts': ['chromium', 'firefox'],
  'test/support/browsers.ts': ['chromium', 'firefox', 'webkit'],
}

/** Test files under the given paths (all without any), with what they need, by what they import. */
export function findTestFiles(repository: string, paths: readonly string[]): TestFile[] {
  const wanted = paths.map(path => slashed(relative(repository, resolve(path))))
  return globSync('test/**/*.test.ts', { cwd: repository })
    .map(slashed)
    .filter(path => wanted.length === 0 || wanted.some(start => path === start || path.startsWith(`${start}/`)))
    .sort()
    .map(path => ({
      path,
      serial: serialFolders.some(folder => path.startsWith(folder)),
      needs: needsOf(repository, path),
    }))
}

function needsOf(repository: string, path: string): Set<Need> {
  const needs = new Set<Need>()
  const seen = new Set<string>()
  const open = [path]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    // An import that leads nowhere is the test's own failure.
    if (seen.has(file) || !existsSync(join(repository, file))) continue
    seen.add(file)
    for (const need of bringers[file] ?? []) needs.add(need)
    // What a helper imports for its own use says nothing about the test.
    if (Object.hasOwn(bringers, file)) continue
    const imports = importsOf(join(repository, file))
    for (const specifier of imports) {
      const target = slashed(relative(repository, resolve(repository, dirname(file), specifier)))
      if (specifier.startsWith('.') && target.startsWith('test/')) open.push(target)
    }
    if (imports.some(specifier => specifier.endsWith('/realLoki.ts')) && startsLoki(repository, file))
      needs.add('lokiProgram')
  }
  return needs
}

/** A test that stops or kills its Loki can't do that to one in `LOKI_URL`. */
function startsLoki(repository: string, file: string): boolean {
  return /\bstartLoki\b/.test(readFileSync(join(repository, file), 'utf8'))
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}
