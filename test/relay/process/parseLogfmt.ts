/** Reads a line as Loki does (https://pkg.go.dev/github.com/go-logfmt/logfmt), and throws where that would stop. */
export function parseLogfmt(line: string): [key: string, value: string][] {
  const pairs: [string, string][] = []
  let at = 0
  while (at < line.length) {
    const key = take(/[^\p{Cc} ="]+=/uy).slice(0, -1)
    const quoted = line[at] === '"'
    const raw = take(quoted ? /"(?:[^"\\]|\\.)*"/y : /[^\p{Cc} ="]+/uy)
    // What JSON.parse refuses, an escape or a control character, Go's parser refuses too.
    pairs.push([key, quoted ? (JSON.parse(raw) as string) : raw])
    if (at < line.length) take(/ (?=.)/y)
  }
  return pairs

  function take(pattern: RegExp): string {
    pattern.lastIndex = at
    const found = pattern.exec(line)
    if (!found) throw new Error(`not logfmt at ${at}: ${JSON.stringify(line.slice(at, at + 60))}`)
    at = pattern.lastIndex
    return found[0]
  }
}
