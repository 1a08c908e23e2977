import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { pageBytes } from './sqliteSchema.ts'

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const header = { writeVersion: 18, readVersion: 19, pages: 28 }
const walVersion = 2

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
