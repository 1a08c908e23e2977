import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

interface Example {
  file: string
  /** Of its first line in the document. */
  line: number
  text: string
}

/** `error`, `orderId`. */
const unknownNames = new Set([2304, 2552, 18004])

/** Examples that import something are whole programs, and have to compile against the built packages. */
export function checkDocExamples(repository: string, files: readonly string[]): string[] {
  const examples = files
    .filter(file => file.endsWith('.md'))
    .flatMap(file => examplesOf(file, readFileSync(join(repository, file), 'utf8')))
  // Not on disk, but where imports of the packages are found.
  const sources = new Map(examples.map((example, i) => [join(repository, `test/example${i}.ts`), example]))
  const { options } = ts.parseJsonConfigFileContent(
    {
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'esnext',
        moduleResolution: 'bundler',
        target: 'esnext',
        lib: ['esnext', 'dom'],
        types: [],
        skipLibCheck: true,
      },
    },
    ts.sys,
    repository,
  )
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = name => sources.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const example = sources.get(name)
    return example ? ts.createSourceFile(name, example.text, ts.ScriptTarget.Latest) : getSourceFile(name, ...rest)
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  const diagnostics = ts.getPreEmitDiagnostics(program).filter(isOurs)
  return diagnostics.map(({ file, start, messageText }) => {
    const example = file && sources.get(file.fileName)
    const message = ts.flattenDiagnosticMessageText(messageText, ' ')
    if (!example) return message
    return `${example.file}:${example.line + file.getLineAndCharacterOfPosition(start ?? 0).line}: ${message}`
  })
}

/** Names and files that belong to whoever reads are none of ours. */
function isOurs({ code, messageText }: ts.Diagnostic): boolean {
  const isFileOfTheReader = code === 2307 && /'\.\.?\//.test(ts.flattenDiagnosticMessageText(messageText, ' '))
  return !unknownNames.has(code) && !isFileOfTheReader
}

function examplesOf(file: string, markdown: string): Example[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(({ index, 1: text = '' }) => ({ file, line: markdown.slice(0, index).split('\n').length + 1, text }))
    .filter(({ text }) => /^import /m.test(text))
}
