import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '../..')

/** Published files that tell of the machine they were built on, or carry the keys that tests use. */
export function checkPublishedText(dir: string, files: readonly string[]): string[] {
  const forbidden = [`${repository}/`, `${homedir()}/`, 'pk_test', 'node_modules/.bin']
  return files.flatMap(file => {
    const text = readFileSync(join(dir, file), 'utf8')
    return forbidden.filter(words => text.includes(words)).map(words => `${file} holds ${words}`)
  })
}
