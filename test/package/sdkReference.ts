import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { markdownTable, placeGenerated } from './generatedText.ts'

interface Section {
  /** The generated part stands between `<!-- <name> -->` and `<!-- /<name> -->`. */
  name: string
  /** The interface that is described, in this file of the SDK. */
  interface: string
  file: string
  columns: (member: Member) => string[]
  head: string[]
}

interface Member {
  /** With the names of the groups it stands in: `batch.maxRecords`. */
  path: string
  type: string
  fallback: string
  text: string
}

const document = 'docs/sdk.md'

const optionColumns = ({ path, type, fallback, text }: Member) => [code(path), code(type), fallback, text]
const optionHead = ['Option', 'Type', 'Default', 'Meaning']
const callHead = ['Call', 'What it does']
const callColumns = ({ path, type, text }: Member) => [code(path + (type.startsWith('(') ? type : `: ${type}`)), text]

const sections: Section[] = [
  { name: 'coreOptions', interface: 'CoreOptions', file: 'config.ts', columns: optionColumns, head: optionHead },
  { name: 'options', interface: 'InitOptions', file: 'config.ts', columns: optionColumns, head: optionHead },
  { name: 'capture', interface: 'CaptureOptions', file: 'captureOptions.ts', columns: optionColumns, head: optionHead },
  { name: 'console', interface: 'ConsoleOptions', file: 'captureOptions.ts', columns: optionColumns, head: optionHead },
  { name: 'network', interface: 'NetworkOptions', file: 'captureOptions.ts', columns: optionColumns, head: optionHead },
  { name: 'redact', interface: 'RedactOptions', file: 'config.ts', columns: optionColumns, head: optionHead },
  { name: 'logger', interface: 'Logger', file: 'api/logger.ts', columns: callColumns, head: callHead },
  { name: 'plugin', interface: 'Plugin', file: 'plugin.ts', columns: callColumns, head: callHead },
  { name: 'pluginHost', interface: 'PluginHost', file: 'plugin.ts', columns: callColumns, head: callHead },
]

/** Tables of `docs/sdk.md` that are not what the TSDoc of the source says. */
export function checkSdkReference(repository: string): string[] {
  const text = readFileSync(join(repository, document), 'utf8')
  return writeTables(repository, text) === text
    ? []
    : [`${document} is not what the comments in the source say: npm run docs`]
}

function writeTables(repository: string, text: string): string {
  return sections.reduce(
    (written, section) => placeGenerated(document, written, section.name, tableOf(repository, section)),
    text,
  )
}

function tableOf(repository: string, { file, interface: name, columns, head }: Section): string {
  const path = join(repository, 'sdk/src', file)
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found = source.statements.find(node => ts.isInterfaceDeclaration(node) && node.name.text === name)
  if (!found) throw new Error(`there is no interface ${name} in ${file}`)
  const rows = membersOf((found as ts.InterfaceDeclaration).members, '').map(columns)
  return markdownTable(head, rows)
}

/** A group is described by its members; what stands above the group itself is its own row. */
function membersOf(members: ts.NodeArray<ts.TypeElement>, prefix: string): Member[] {
  return members.flatMap(member => {
    if (!ts.isPropertySignature(member) && !ts.isMethodSignature(member)) return []
    const path = prefix + member.name.getText()
    const { text, fallback } = describe(member)
    const group = ts.isPropertySignature(member) && member.type && ts.isTypeLiteralNode(member.type) && member.type
    const own = { path, type: typeOf(member), fallback, text }
    if (!group) return [own]
    const inner = membersOf(group.members, `${path}.`)
    // A group that is explained as a whole has members that need no words of their own.
    return inner.some(({ text }) => text !== '') ? inner : [own]
  })
}

function typeOf(member: ts.PropertySignature | ts.MethodSignature): string {
  if (ts.isMethodSignature(member)) {
    const parameters = member.parameters.map(parameter => parameter.getText()).join(', ')
    return `(${parameters})${member.type ? `: ${member.type.getText()}` : ''}`.replace(/\s+/g, ' ')
  }
  return (member.type?.getText() ?? '').replace(/\s+/g, ' ')
}

function describe(member: ts.Node): { text: string; fallback: string } {
  const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
  const tags = ts.getJSDocTags(member)
  const tag = tags.find(({ tagName }) => tagName.text === 'defaultValue')
  const parameters = tags
    .filter(ts.isJSDocParameterTag)
    .map(at => `${code(at.name.getText())}: ${commentOf(at.comment)}`)
  return {
    text: [...comments.map(({ comment }) => commentOf(comment)), ...parameters].filter(Boolean).join(' '),
    fallback: commentOf(tag?.comment),
  }
}

function commentOf(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s+/g, ' ').trim()
}

function code(text: string): string {
  return `\`${text}\``
}

if (import.meta.main) {
  const repository = join(import.meta.dirname, '../..')
  const path = join(repository, document)
  writeFileSync(path, writeTables(repository, readFileSync(path, 'utf8')))
}
