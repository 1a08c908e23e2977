import { stat } from 'node:fs/promises'

export interface WatchOptions {
  /** Pause between two looks, in ms. @defaultValue `1000` */
  everyMs?: number
}

/**
 * Calls back once the files are known, and then whenever they have changed and stayed the same from one look to the
 * next, so that a file is not read while somebody writes it. Looks at what the paths lead to instead of listening for
 * events: none comes for a swapped symbolic link further up, which is how Kubernetes replaces a config map, nor from
 * network disks. https://nodejs.org/docs/latest-v24.x/api/fs.html#availability
 */
export function watchFiles(
  files: () => readonly string[],
  changed: () => void,
  { everyMs = 1000 }: WatchOptions = {},
): void {
  let known: string | undefined
  let previous: string | undefined
  if (files().length > 0) void look()

  async function look(): Promise<void> {
    const found = (await Promise.all(files().map(signature))).join()
    setTimeout(look, everyMs).unref()
    const settled = found === previous
    previous = found
    if (!settled || found === known) return
    known = found
    changed()
  }
}

/** Differs after every write, rename and swap of a link; a file that is gone has one, too. */
async function signature(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
