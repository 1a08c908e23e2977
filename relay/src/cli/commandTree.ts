import type { Command, Option } from 'commander'

export interface CommandNode {
  /** Words after the program's name: `quarantine list`. Empty for the program itself. */
  path: string
  description: string
  options: OptionNode[]
  /** What may be typed in its first place that is no option. */
  argument: 'file' | 'none' | readonly string[]
  children: CommandNode[]
}

export interface OptionNode {
  /** `-c`, `--config`. */
  names: string[]
  /** As the help has it: `-c, --config <file>`. */
  usage: string
  /** With its default. */
  description: string
  value: 'none' | 'file' | 'directory' | 'any' | readonly string[]
}

/** What can be typed: the program and all below it, the program first. */
export function listCommands(command: Command, parents: readonly string[] = []): CommandNode[] {
  const children = command.commands.map(child => listCommands(child, [...parents, child.name()]))
  const help = command.createHelp()
  const first = command.registeredArguments[0]
  const node: CommandNode = {
    path: parents.join(' '),
    description: command.description(),
    options: help.visibleOptions(command).map(describeOption),
    argument: first?.argChoices ?? (first?.name() === 'file' ? 'file' : 'none'),
    children: children.map(([child]) => child!),
  }
  return [node, ...children.flat()]
}

function describeOption(option: Option): OptionNode {
  const { short, long, description, argChoices, flags, defaultValue } = option
  const value = /[<[]([a-z]+)/.exec(flags)?.[1]
  return {
    names: [short, long].flatMap(name => name ?? []),
    usage: flags,
    description: defaultValue === undefined ? description : `${description} (default: ${defaultValue})`,
    value:
      argChoices ??
      (value === undefined ? 'none' : value === 'file' ? 'file' : long?.endsWith('-dir') ? 'directory' : 'any'),
  }
}
