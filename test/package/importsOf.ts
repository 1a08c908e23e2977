import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** Every module that a file names: import, import type, export from, import(), and `new URL('./x', import.meta.url)`. */
export function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const named = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  const urls = [...text.matchAll(/new URL\(\s*'(\.[^']+\.ts)',\s*import\.meta\.url/g)].map(([, path]) => path ?? '')
  return [...new Set([...named, ...urls])]
}
