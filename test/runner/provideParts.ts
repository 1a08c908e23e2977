import type { InstallContext, Part } from '../parts/part.ts'
import { engines, type Need, type TestFile } from './testFiles.ts'

export interface Provision {
  /** Files that can run with what is there. */
  runnable: TestFile[]
  missing: MissingPart[]
}

export interface MissingPart {
  part: Part
  /** Can't run at all without it. */
  leftOut: string[]
  /** Run without the cases that need it. */
  reduced: string[]
}

/** Finds, or installs, what the files need; what can't be had leaves out the files that need it. */
export async function provideParts(
  files: readonly TestFile[],
  parts: Readonly<Record<Need, Part>>,
  context: InstallContext,
): Promise<Provision> {
  const needed = new Set(files.flatMap(file => [...file.needs]))
  const absent = new Set<Need>()
  for (const part of new Set([...needed].map(need => parts[need]))) {
    const needs = [...needed].filter(need => parts[need] === part && !isElsewhere(need))
    if (needs.length === 0) context.say(`${part.name}: the one at ${process.env.LOKI_URL}`)
    else if (!(await provide(part, context))) for (const need of needs) absent.add(need)
  }
  const missing = [...new Set([...absent].map(need => parts[need]))].map(part => {
    const touched = files.filter(({ needs }) => [...needs].some(need => absent.has(need) && parts[need] === part))
    const leftOut = touched.filter(file => !canRun(file, absent))
    const reduced = touched.filter(file => canRun(file, absent))
    return { part, leftOut: leftOut.map(({ path }) => path), reduced: reduced.map(({ path }) => path) }
  })
  return { runnable: files.filter(file => canRun(file, absent)), missing }
}

function isElsewhere(need: Need): boolean {
  return need === 'loki' && Boolean(process.env.LOKI_URL)
}

const indispensable = [
  'loki',
  'lokiProgram',
  'bubblewrap',
  'systemdAnalyze',
  'smallDisks',
  'libfaketime',
  'nginx',
  'caddy',
  'prometheus',
  'zsh',
  'fish',
] as const

/** Browser tests run in every engine that is there: one is enough for the file. */
function canRun({ needs }: TestFile, absent: ReadonlySet<Need>): boolean {
  const lacks = (need: Need) => needs.has(need) && absent.has(need)
  const wanted = engines.filter(engine => needs.has(engine))
  return !indispensable.some(lacks) && (wanted.length === 0 || !wanted.every(lacks))
}

async function provide(part: Part, { say, signal }: InstallContext): Promise<boolean> {
  let place = part.find()
  if (!place) {
    say(`${part.name}: not found, trying to get it`)
    const sayOfPart = (line: string) => say(`${part.name}: ${line}`)
    await part.install({ say: sayOfPart, signal }).catch(error => sayOfPart(String(error)))
    place = part.find()
  }
  say(`${part.name}: ${place ?? `MISSING; ${part.howToGet}`}`)
  return place !== undefined
}
