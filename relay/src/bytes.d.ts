/** The package ships no types: only what is used. */
declare module 'bytes' {
  const bytes: {
    parse(text: string): number | null
    format(bytes: number, options?: { unitSeparator?: string }): string | null
  }
  export default bytes
}
