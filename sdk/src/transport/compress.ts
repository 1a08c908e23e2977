/** Shorter texts gain little, in UTF-16 units. */
const compressedFromChars = 4096

/**
 * A body as gzip, which the relay knows by its first bytes: the header `Content-Encoding` would need a preflight. Where
 * the browser can't compress, or the page has broken what that takes, the text goes as it is.
 */
export async function compress(text: string): Promise<string | ArrayBuffer> {
  if (text.length < compressedFromChars) return text
  try {
    const { readable, writable } = new CompressionStream('gzip')
    const writer = writable.getWriter()
    const body = new Response(readable).arrayBuffer()
    // In one piece: a stream of a Blob comes from another process, piece by piece.
    await Promise.all([writer.write(new TextEncoder().encode(text)), writer.close(), body])
    return body
  } catch {
    return text
  }
}
