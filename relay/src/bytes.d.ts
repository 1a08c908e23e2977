/** The package ships no types: only what is used. */
declare module 'bytes' {
  const bytes: { parse(text: string): number | null }
  export default bytes
}
