import { type Example, examples } from '../cli/examples.ts'

const how = `
It works while the relay runs, which then does the work itself, asked over its admin port, and while none runs.`

const lists = {
  list: [
    ['count by lane and reason', 'quarantine list'],
    ['the rows of one app, with their ids', 'quarantine list --each --app shop'],
    ['reasons and counts for a script', "quarantine list --json | jq -r '.groups[].reason'"],
  ],
  show: [['the records of row 12', 'quarantine show 12']],
  retry: [
    ["after Loki's max_line_size was raised", "quarantine retry --reason 'max entry size'"],
    ['two rows', 'quarantine retry 12 14'],
    ['everything', 'quarantine retry --all'],
  ],
  purge: [
    ['what lies there for a month', 'quarantine purge --older-than 30d'],
    ['everything, in a script', 'quarantine purge --all --yes'],
  ],
  stats: [
    ['what waits here', 'spool stats --data-dir /var/lib/loki-beacon'],
    ['records that wait, for a script', "spool stats --json | jq '.records'"],
  ],
} as const satisfies Record<string, readonly Example[]>

/** What stands below the options of each command's `--help`. */
export const commandHelp = {
  quarantine: examples([...lists.list.slice(0, 1), ...lists.show, ...lists.retry.slice(2), ...lists.purge], how),
  spool: examples(lists.stats, how),
  list: examples(lists.list, how),
  show: examples(lists.show, how),
  retry: examples(lists.retry, how),
  purge: examples(lists.purge, how),
  stats: examples(lists.stats, how),
}
