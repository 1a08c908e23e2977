import { execFile } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { chmod, chown, cp, mkdir, stat, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { bubblewrap } from '../parts/bubblewrap.ts'
import { findExecutable } from '../parts/part.ts'
import { contextFiles, type Instruction, readDockerfile } from './dockerfile.ts'
import { tempDir } from './tempDir.ts'

/** What a container is started from. */
export interface Image {
  /** Its file system, without what comes from the base image. */
  root: string
  env: Record<string, string>
  workdir: string
  user: string
  entrypoint: string[]
  healthcheck: string[]
}

const repository = join(import.meta.dirname, '../..')
const asRoot = process.getuid?.() === 0

/**
 * Carries out `deploy/Dockerfile` without Docker: each stage in a file system of its own, in the place of `node:24-slim` this
 * machine's programs with the Node of this process. What is built and installed is what the file's commands make.
 */
export async function buildByHand(t: TestContext, target: string): Promise<Image> {
  const stages = readDockerfile(join(repository, 'deploy/Dockerfile'))
  const parent = await tempDir(t)
  // Its user is another one than the tester.
  await chmod(parent, 0o755)
  const rootOf = (stage: string) => join(parent, stage)
  const wanted = stages.find(({ name }) => name === target)
  if (!wanted) throw new Error(`deploy/Dockerfile has no stage ${target}`)
  const needed = wanted.instructions.map(({ flags }) => flags.from)
  const images = new Map<string, Image>()
  for (const stage of stages.filter(({ name }) => name === target || needed.includes(name))) {
    const image = await baseImage(rootOf(stage.name))
    for (const instruction of stage.instructions) await carryOut(instruction, image, rootOf)
    images.set(stage.name, image)
  }
  return images.get(target)!
}

/** The command that runs another one in the image; `writable` are the only places that it can write. */
export function inImage({ root, workdir }: Image, writable: readonly string[], more: readonly string[] = []): string[] {
  const program = bubblewrap.find()
  if (!program) throw new Error(`${bubblewrap.name} is missing: ${bubblewrap.howToGet}`)
  const ofBase = ['/usr', '/etc', '/dev', '/proc'].flatMap(place => ['--ro-bind', place, place])
  return [
    ...[program, '--die-with-parent', writable.includes('/') ? '--bind' : '--ro-bind', root, '/', ...ofBase],
    ...[writable.includes('/') ? '--bind' : '--ro-bind', join(root, 'usr/local'), '/usr/local'],
    ...['--ro-bind', process.execPath, '/usr/local/bin/node', '--ro-bind', npm(), '/usr/local/lib/npm'],
    ...writable.filter(place => place !== '/').flatMap(place => ['--bind', join(root, place), place]),
    ...[...more, '--chdir', workdir, '--'],
  ]
}

async function baseImage(root: string): Promise<Image> {
  for (const folder of ['etc', 'dev', 'proc', 'tmp', 'usr/local/bin', 'usr/local/lib/npm'])
    await mkdir(join(root, folder), { recursive: true })
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) await symlink(`usr/${name}`, join(root, name))
  await symlink('../lib/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
  return { root, env, workdir: '/', user: '0:0', entrypoint: [], healthcheck: [] }
}

async function carryOut({ name, flags, text }: Instruction, image: Image, rootOf: (stage: string) => string) {
  if (name === 'WORKDIR') {
    image.workdir = text
    await mkdir(join(image.root, text), { recursive: true })
  } else if (name === 'ENV') Object.assign(image.env, Object.fromEntries(text.split(' ').map(pair => pair.split('='))))
  else if (name === 'USER') image.user = text
  else if (name === 'ENTRYPOINT' || name === 'CMD') image.entrypoint = JSON.parse(text) as string[]
  else if (name === 'HEALTHCHECK') image.healthcheck = JSON.parse(text.slice(text.indexOf('CMD ') + 4)) as string[]
  else if (name === 'RUN') await runStep(image, text)
  else if (name === 'COPY') await copyStep(image, flags, text, rootOf)
  else if (name !== 'EXPOSE') throw new Error(`${name} is not carried out here: teach it to buildByHand`)
}

async function runStep(image: Image, command: string): Promise<void> {
  // The tester's registry holds here too, and what npm has in its cache need not be fetched.
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm')
  await mkdir(cache, { recursive: true })
  const ofTester = ['--bind', cache, '/tmp/.npm', '--ro-bind-try', join(homedir(), '.npmrc'), '/tmp/.npmrc']
  // Who builds is root in there.
  const asBuilder = asRoot ? [] : ['--unshare-user', '--uid', '0', '--gid', '0']
  const [program = '', ...args] = inImage(image, ['/', '/tmp'], [...ofTester, ...asBuilder])
  const env = {
    ...process.env,
    ...image.env,
    HOME: '/tmp',
    npm_config_cache: '/tmp/.npm',
    npm_config_prefer_offline: 'true',
  }
  await promisify(execFile)(program, [...args, 'sh', '-c', command], { env, maxBuffer: 1 << 26 })
}

async function copyStep(image: Image, flags: Instruction['flags'], text: string, rootOf: (stage: string) => string) {
  const sources = text.split(' ')
  const target = sources.pop()!
  const place = join(image.root, posix.resolve(image.workdir, target))
  for (const source of sources) {
    if (flags.from === undefined) await copyFromContext(source, place, target.endsWith('/'))
    // What is in a folder, not the folder itself.
    else if ((await stat(join(rootOf(flags.from), source))).isDirectory())
      await cp(join(rootOf(flags.from), source), place, { recursive: true, verbatimSymlinks: true })
    else await cp(join(rootOf(flags.from), source), target.endsWith('/') ? join(place, basename(source)) : place)
  }
  if (flags.chown === undefined || !asRoot) return
  const [uid = 0, gid = 0] = flags.chown.split(':').map(Number)
  await chown(place, uid, gid)
}

async function copyFromContext(source: string, place: string, intoFolder: boolean): Promise<void> {
  const files = contextFiles(repository).filter(file => source === '.' || file === source)
  if (files.length === 0) throw new Error(`${source} is not in the build context: look at .dockerignore`)
  for (const file of files) {
    const to = source === '.' ? join(place, file) : intoFolder ? join(place, basename(file)) : place
    await mkdir(dirname(to), { recursive: true })
    await cp(join(repository, file), to)
  }
}

function npm(): string {
  const program = findExecutable(['npm'])
  if (!program) throw new Error('npm is not on the PATH')
  return join(realpathSync(program), '../..')
}
