import type { NativeMethods } from './nativeMethods.ts'

/** What comes of a promise, or a rejection where nothing has by then; `onTimeout` is called first. */
export async function within<Result>(
  promise: Promise<Result>,
  timeoutMs: number,
  native: Pick<NativeMethods, 'setTimeout' | 'clearTimeout'>,
  onTimeout?: () => void,
): Promise<Result> {
  let timer: number | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = native.setTimeout(() => {
      onTimeout?.()
      reject(new Error('timed out'))
    }, timeoutMs)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    native.clearTimeout(timer)
  }
}
