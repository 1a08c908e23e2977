import type { CommandNode } from './commandTree.ts'

export function fishCompletion(program: string, commands: readonly CommandNode[]): string {
  const lines = commands.flatMap(command => {
    const when = condition(command)
    return [
      ...command.children.map(child => ({
        when,
        rest: `-a ${quoted(lastWord(child))} -d ${quoted(child.description)}`,
      })),
      ...(typeof command.argument === 'string' ? [] : [{ when, rest: `-a ${quoted(command.argument.join(' '))}` }]),
      ...(command.argument === 'file' ? [{ when, rest: '-F' }] : []),
      ...command.options.map(({ names, description, value }) => {
        const flags = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
        const takes =
          value === 'none'
            ? []
            : value === 'file'
              ? ['-r -F']
              : value === 'directory'
                ? ["-x -a '(__fish_complete_directories)'"]
                : value === 'any'
                  ? ['-x']
                  : [`-x -a ${quoted(value.join(' '))}`]
        return { when, rest: [...flags, ...takes, `-d ${quoted(description)}`].join(' ') }
      }),
    ]
  })
  return `# fish completion of ${program}
complete -c ${program} -f
${lines.map(({ when, rest }) => `complete -c ${program} -n ${quoted(when)} ${rest}`).join('\n')}
`
}

/** Its words have been typed, and none of its own subcommands. */
function condition({ path, children }: CommandNode): string {
  const typed = path.split(' ').filter(Boolean)
  return [
    ...typed.map(word => `__fish_seen_subcommand_from ${word}`),
    ...(children.length > 0 ? [`not __fish_seen_subcommand_from ${children.map(lastWord).join(' ')}`] : []),
  ].join('; and ')
}

function lastWord({ path }: CommandNode): string {
  return path.split(' ').at(-1)!
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
