const mends: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'let this user read it',
  EISDIR: 'it is a directory',
}

/** Why a file can't be read, and what to do about it where that is known. */
export function unreadable(error: unknown): string {
  const code = String((error as NodeJS.ErrnoException).code)
  const mend = mends[code]
  return `can't be read (${code})${mend ? `: ${mend}` : ''}`
}
