import { exitCodesHelp } from './exitCodes.ts'

export type Example = [what: string, command: string]

/** What stands below the options of a command's `--help`. */
export function examples(lines: readonly Example[], ...more: string[]): string {
  const texts = lines.map(([what, command]) => `  loki-beacon-relay ${command}\n      ${what}`)
  return [`\nExamples:\n${texts.join('\n')}`, ...more, exitCodesHelp].join('\n')
}
