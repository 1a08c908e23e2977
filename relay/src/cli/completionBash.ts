import type { CommandNode, OptionNode } from './commandTree.ts'

/** Works with the bash 3.2 of macOS, too. */
export function bashCompletion(program: string, commands: readonly CommandNode[]): string {
  const name = `_${program.replaceAll('-', '_')}`
  return `# bash completion of ${program}
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= i words=
  local IFS=$' \\t\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${commands
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      '${path.includes(' ') ? path : ` ${path}`}') path='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path $prev" in
${commands.flatMap(({ path, options }) => options.filter(takesValue).map(option => valueCase(path, option))).join('\n')}
  esac
  case "$path" in
${commands.map(commandCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
${name}_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
complete -F ${name} ${program}
`

  function valueCase(path: string, { names, value }: OptionNode): string {
    const action =
      value === 'file' || value === 'directory'
        ? `${name}_files ${value === 'file' ? '-f' : '-d'}`
        : value === 'any' || value === 'none'
          ? ':'
          : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur"))`
    return `    ${names.map(flag => `'${path} ${flag}'`).join('|')}) ${action}; return ;;`
  }

  function commandCase({ path, options, argument, children }: CommandNode): string {
    const flags = options.flatMap(({ names }) => names.filter(flag => flag.startsWith('--'))).join(' ')
    const others = children.map(child => child.path.split(' ').at(-1))
    const words = [...others, ...(typeof argument === 'string' ? [] : argument)].join(' ')
    const files = argument === 'file' ? `\n      [[ $cur == -* ]] || { ${name}_files -f; return; }` : ''
    return `    '${path}')${files}
      words='${words}'
      [[ $cur == -* ]] && words='${flags}'
      ;;`
  }
}

function takesValue({ value }: OptionNode): boolean {
  return value !== 'none'
}
