const exitCodes = `
Exit codes: 0 done, 1 not done or not all of it (says why), 78 the configuration can't be used.
It works while the relay runs, which then does the work itself, asked over its admin port, and while none runs.`

/** What stands below the options of each command's `--help`. */
export const commandHelp = {
  quarantine: exitCodes,
  spool: exitCodes,
  list: examples(
    ['count by lane and reason', 'quarantine list'],
    ['the rows of one app, with their ids', 'quarantine list --each --app shop'],
    ['reasons and counts for a script', 'quarantine list --json'],
  ),
  show: examples(['the records of row 12', 'quarantine show 12']),
  retry: examples(
    ["after Loki's max_line_size was raised", "quarantine retry --reason 'max entry size'"],
    ['two rows', 'quarantine retry 12 14'],
    ['everything', 'quarantine retry --all'],
  ),
  purge: examples(
    ['what lies there for a month', 'quarantine purge --older-than 30d'],
    ['everything, in a script', 'quarantine purge --all --yes'],
  ),
  stats: examples(
    ['what waits here', 'spool stats --data-dir /var/lib/loki-beacon'],
    ['records that wait, for a script', "spool stats --json | jq '.records'"],
  ),
}

function examples(...lines: [what: string, command: string][]): string {
  const texts = lines.map(([what, command]) => `  loki-beacon-relay ${command}\n      ${what}`)
  return `\nExamples:\n${texts.join('\n')}\n${exitCodes}`
}
