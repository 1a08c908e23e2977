import { pageWide } from './pageWide.ts'

/** Of those that never come, since the worker handled them. */
const maxTold = 20

/**
 * What nobody catches in a worker comes to the page's error listeners as well, as a text without the Error
 * (https://html.spec.whatwg.org/multipage/workers.html#runtime-script-errors-2). What the worker has told already, with its
 * stack, is not to be told by them again.
 */
export function tellError(text: string): void {
  const told = list()
  told.push(text)
  told.splice(0, told.length - maxTold)
}

/** Whether it was told; forgets it. */
export function wasTold(text: string): boolean {
  const told = list()
  const at = told.indexOf(text)
  if (at >= 0) told.splice(at, 1)
  return at >= 0
}

function list(): string[] {
  return pageWide<string[]>(Array, '.told')
}
