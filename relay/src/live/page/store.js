/** Enough to look back a while, little enough for a phone: counted in records and in characters of their lines. */
const maxRecords = 4000
const maxChars = 8_000_000

/** The records this page holds, oldest first; the oldest leave when it is full. */
export function createStore() {
  let records = []
  let chars = 0
  return {
    add(more) {
      records = records.concat(more)
      for (const record of more) chars += record.line.length
      let leaving = 0
      while (records.length - leaving > maxRecords || (chars > maxChars && leaving < records.length))
        chars -= records[leaving++].line.length
      if (leaving > 0) records = records.slice(leaving)
    },
    all: () => records,
    clear() {
      records = []
      chars = 0
    },
  }
}
