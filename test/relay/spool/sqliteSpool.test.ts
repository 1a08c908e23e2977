import { spoolConformance } from './conformance.ts'

spoolConformance('SQLite spool', new URL('./sqliteEngine.ts', import.meta.url).href)
