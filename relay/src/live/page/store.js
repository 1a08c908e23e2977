/** Enough to look back a while, little enough for a phone: counted in records and in characters of their lines. */
const maxRecords = 4000
const maxChars = 8_000_000

/** The records this page holds, oldest first; the oldest leave when it is full. */
export function createStore() {
  let records = []
  let chars = 0

  function add(more) {
    records = records.concat(more)
    for (const { line } of more) chars += line.length
    let leaving = 0
    while (records.length - leaving > maxRecords || (chars > maxChars && leaving < records.length))
      chars -= records[leaving++].line.length
    if (leaving > 0) records = records.slice(leaving)
  }

  return {
    add,
    /** Something that happened between two records, and is shown there. */
    mark(marker, atMs) {
      const mark = { marker, timestampMs: atMs, line: '' }
      add([mark])
      return mark
    },
    all: () => records,
    count: () => records.reduce((sum, { marker }) => (marker ? sum : sum + 1), 0),
    clear() {
      records = []
      chars = 0
    },
  }
}
