import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Examples in Markdown that are not what runs: a line `<!-- demo/path/file.ts -->` above a fenced block says that the block
 * is that file.
 */
export function checkDocSources(repository: string, files: readonly string[]): string[] {
  return files
    .filter(file => file.endsWith('.md'))
    .flatMap(file => {
      const text = readFileSync(join(repository, file), 'utf8')
      return [...text.matchAll(/^<!-- (\S+\/\S+) -->\n+```\w*\n(.*?)^```$/gms)].flatMap(([, source = '', block]) => {
        const path = join(repository, source)
        if (!existsSync(path)) return [`${file} shows ${source}, which is not there`]
        return readFileSync(path, 'utf8') === block ? [] : [`${file} shows another ${source} than there is`]
      })
    })
}
