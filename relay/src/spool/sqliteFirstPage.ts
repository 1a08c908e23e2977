import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { pageBytes, pragma } from './sqliteSchema.ts'

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const header = { writeVersion: 18, readVersion: 19, pages: 28 }
const walVersion = 2

/**
 * False if the file is longer than its first page says: SQLite would cut it at the next chance. A log has the last word
 * on the length, and the file may be the longer one until it is written back.
 */
export function knowsAllPages(db: DatabaseSync, file: string): boolean {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })
  if (log && log.size > 0) return true
  return pragma(db, 'page_count') >= Math.floor(statSync(file).size / pageBytes)
}

/**
 * Puts the first page of an empty spool over the one of `file`: it holds what SQLite knows the file by, its length in
 * pages, and the tables, which begin on the same pages in every spool. Without it nothing could be read of the rest.
 * The returned function puts back what was there.
 */
export function replaceFirstPage(file: string, emptyFile: string): () => void {
  const page = readFirstPage(emptyFile)
  page[header.writeVersion] = walVersion
  page[header.readVersion] = walVersion
  // Then SQLite goes by the size of the file, which may have been cut short.
  page.fill(0, header.pages, header.pages + 4)
  const before = readFirstPage(file)
  writeFirstPage(file, page)
  return () => writeFirstPage(file, before)
}

function readFirstPage(file: string): Uint8Array {
  const page = new Uint8Array(pageBytes)
  const handle = openSync(file, 'r')
  try {
    return page.subarray(0, readSync(handle, page))
  } finally {
    closeSync(handle)
  }
}

function writeFirstPage(file: string, page: Uint8Array): void {
  const handle = openSync(file, 'r+')
  try {
    writeSync(handle, page, 0, page.length, 0)
    if (page.length < pageBytes) ftruncateSync(handle, page.length)
  } finally {
    closeSync(handle)
  }
}
