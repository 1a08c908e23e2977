import type { CommandNode, OptionNode } from './commandTree.ts'

export function zshCompletion(program: string, commands: readonly CommandNode[]): string {
  // That of the file in $fpath, which becomes a function of this name and defines it anew when it is first called.
  const name = `_${program}`
  return `#compdef ${program}
# zsh completion of ${program}
${name}() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] cmdpath= i
  local -a choices flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$cmdpath $words[i]" in
${commands
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      (${quoted(path.includes(' ') ? path : ` ${path}`)}) cmdpath=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$cmdpath $prev" in
${commands.flatMap(({ path, options }) => options.filter(({ value }) => value !== 'none').map(option => valueCase(path, option))).join('\n')}
  esac
  case "$cmdpath" in
${commands.map(commandCase).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    _describe -o option flags
  elif (( $#choices )); then
    _describe command choices
  fi
}
if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`

  function commandCase({ path, options, argument, children }: CommandNode): string {
    const flags = options.flatMap(({ names, description }) =>
      names.filter(flag => flag.startsWith('--')).map(flag => described(flag, description)),
    )
    const choices = [
      ...children.map(child => described(child.path.split(' ').at(-1)!, child.description)),
      ...(typeof argument === 'string' ? [] : argument.map(quoted)),
    ]
    return `    (${quoted(path)})
      flags=(${flags.join(' ')})
      choices=(${choices.join(' ')})${argument === 'file' ? '\n      [[ $cur == -* ]] || { _files; return; }' : ''}
      ;;`
  }
}

function valueCase(path: string, { names, value }: OptionNode): string {
  const action =
    value === 'file'
      ? '_files'
      : value === 'directory'
        ? '_files -/'
        : value === 'any' || value === 'none'
          ? ':'
          : `compadd -- ${value.map(quoted).join(' ')}`
  return `    (${names.map(flag => quoted(`${path} ${flag}`)).join('|')}) ${action}; return ;;`
}

function described(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll(':', '\\:')}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
