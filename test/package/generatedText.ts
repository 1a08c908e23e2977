/**
 * What a document says out of the source: it stands between `<!-- name -->` and `<!-- /name -->`, and all else is written by
 * hand. @returns the text with this part in place of the earlier one.
 */
export function placeGenerated(document: string, text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const start = text.indexOf(begin)
  const stop = text.indexOf(end)
  if (start < 0 || stop < start) throw new Error(`${document} has no place for ${name}`)
  return `${text.slice(0, start)}${begin}\n${part}\n${text.slice(stop)}`
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escapeCell = (text: string) => text.replaceAll('|', '\\|')
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(escapeCell).join(' | ')} |\n`).join('')
}
