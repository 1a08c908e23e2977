import { createInterface } from 'node:readline/promises'

/** Asks on the terminal. @returns undefined where there is nobody to ask. */
export async function askYes(question: string): Promise<boolean | undefined> {
  const answer = await ask(`${question} [y/N] `)
  return answer === undefined ? undefined : /^y(es)?$/i.test(answer)
}

/** @returns what was typed, without spaces around it; undefined where there is nobody to ask. */
export async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(question)).trim()
  } finally {
    terminal.close()
  }
}
