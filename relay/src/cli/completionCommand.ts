import { Argument, type Command } from 'commander'
import { listCommands } from './commandTree.ts'
import { bashCompletion } from './completionBash.ts'
import { fishCompletion } from './completionFish.ts'
import { zshCompletion } from './completionZsh.ts'
import { examples } from './examples.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

/** `completion`: to be added last, since it describes what was added before. The script asks nobody at each tab. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      examples([
        [
          'for this user, from the next bash on',
          'completion bash > ~/.local/share/bash-completion/completions/loki-beacon-relay',
        ],
        ['where a directory of $fpath is ~/.zfunc', 'completion zsh > ~/.zfunc/_loki-beacon-relay'],
        ['from the next fish on', 'completion fish > ~/.config/fish/completions/loki-beacon-relay.fish'],
      ]),
    )
    .action((shell: keyof typeof shells) => {
      process.stdout.write(shells[shell](program.name(), listCommands(program)))
    })
}
