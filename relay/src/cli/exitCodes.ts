/** One rule for all commands. What systemd's unit goes by is 78: `sysexits.h`, configuration error. */
export const exitCodes = { done: 0, failed: 1, usage: 2, config: 78 } as const

/** Stands at the end of each `--help`. */
export const exitCodesHelp = `
Exit codes: 0 done; 1 not done, not all of it, or something is wrong; 2 the command line can't be used; 78 the
configuration or this version of Node.js can't be used. What is wrong is told on standard error.`
