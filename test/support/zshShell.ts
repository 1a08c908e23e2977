import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zsh } from '../parts/zsh.ts'

/** What an interactive zsh makes of a line at a key that completes. A shell inside a shell: only one with a terminal does. */
export async function completeInZsh(script: string, typed: string, dir: string): Promise<string> {
  const program = zsh.find()
  if (!program) throw new Error(`${zsh.name} is missing: ${zsh.howToGet}`)
  const functions = join(dir, 'functions')
  await mkdir(functions, { recursive: true })
  await writeFile(join(functions, '_loki-beacon-relay'), script)
  const setup = [
    `PS1=; fpath=(${functions} $fpath); autoload -Uz compinit; compinit -D -u`,
    'complete-and-tell() { zle complete-word; zle -I; print -r -- "<got:$BUFFER>" }',
    'zle -N complete-and-tell; bindkey "^X" complete-and-tell',
  ].join('; ')
  const driver = `
    zmodload zsh/zpty
    zpty s "TERM=dumb ${program} -f -i"
    zpty -w s ${quoted(`${setup}; print -r -- "<rea""dy>"`)}
    zpty -r -m s seen '*<ready>*'
    zpty -w -n s ${quoted(typed)}$'\\x18'
    zpty -r -m s seen '*<got:*>*'
    print -r -- "$seen"
    zpty -d s`
  return new Promise((resolve, reject) => {
    execFile(program, ['-f', '-c', driver], { cwd: dir, timeout: 30_000 }, (error, out) => {
      const got = /<got:([^>]*)>/.exec(out)?.[1]
      if (got === undefined) reject(error ?? new Error(`zsh showed ${JSON.stringify(out)}`))
      else resolve(got.trim())
    })
  })
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
