import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Relative links of Markdown files that lead nowhere: to no file, or to no heading. */
export function checkDocLinks(repository: string, files: readonly string[]): string[] {
  return files
    .filter(file => file.endsWith('.md'))
    .flatMap(file =>
      linksOf(readFileSync(join(repository, file), 'utf8')).flatMap(({ target, line }) => {
        const [path = '', anchor] = target.split('#')
        const linked = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)))
        const at = `${file}:${line} links to ${target}`
        if (linked.startsWith('..')) return [`${at}, outside of the repository`]
        if (!existsSync(join(repository, linked))) return [`${at}, which is not there`]
        if (!anchor || !linked.endsWith('.md')) return []
        const anchors = anchorsOf(readFileSync(join(repository, linked), 'utf8'))
        return anchors.has(anchor) ? [] : [`${at}, a heading that is not there`]
      }),
    )
}

function linksOf(markdown: string): { target: string; line: number }[] {
  return withoutCode(markdown).flatMap((line, index) =>
    [...line.matchAll(/\]\(\s*<?([^)\s>]+)/g)]
      .map(([, target = '']) => ({ target, line: index + 1 }))
      .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)),
  )
}

/** Headings as GitHub and Forgejo name them: lower case, punctuation gone, spaces to hyphens, repeats numbered. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const line of withoutCode(markdown)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    let name = slug
    for (let repeat = 1; anchors.has(name); repeat++) name = `${slug}-${repeat}`
    anchors.add(name)
  }
  return anchors
}

/** Lines with fenced blocks emptied, so that line numbers stay. */
function withoutCode(markdown: string): string[] {
  let fenced = false
  return markdown.split('\n').map(line => {
    const isFence = /^\s*(```|~~~)/.test(line)
    if (isFence) fenced = !fenced
    return fenced || isFence ? '' : line
  })
}
