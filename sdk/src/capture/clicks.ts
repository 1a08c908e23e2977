import type { Plugin } from '../plugin.ts'
import { listen } from '../web/listen.ts'

/** Equal clicks within so much time are one, in ms. */
const sameWithinMs = 1000
/** Longest selector, in characters; and of the element's ancestors so many. */
const maxChars = 120
const maxAncestors = 3

/** Breadcrumbs of clicks, by pointer or keyboard: which element, never what is written on or in it. */
export const clicks: Plugin = {
  name: 'clicks',
  enabled: true,
  optional: true,
  fullOnly: true,
  start(host) {
    let last = ''
    let lastMs = Number.NEGATIVE_INFINITY
    const note = host.guard((event: Event) => {
      // Within open shadow trees too.
      const target = event.composedPath()[0] as Partial<Element> | undefined
      if (target?.nodeType !== 1) return
      const message = describe(target as Element)
      const nowMs = host.nowMs()
      if (message !== last || nowMs - lastMs > sameWithinMs) host.breadcrumb({ category: 'click', message })
      last = message
      lastMs = nowMs
    })
    return listen(globalThis, ['click'], note)
  },
}

/** The nearest ancestors first to go where it would be too long. */
function describe(target: Element): string {
  let selector = nameOf(target)
  let ancestor = target.parentElement
  for (let i = 0; ancestor && ancestor !== document.documentElement && i < maxAncestors; i++) {
    const longer = `${nameOf(ancestor)} > ${selector}`
    if (longer.length > maxChars) break
    selector = longer
    ancestor = ancestor.parentElement
  }
  return selector.slice(0, maxChars)
}

/** By attributes alone: as a property, `id` of a form may be a field of that name. */
function nameOf(element: Element): string {
  const attribute = (name: string) => element.getAttribute(name)?.trim() ?? ''
  const id = attribute('id')
  const classes = attribute('class').split(/\s+/, 2)
  const marks = ['data-testid', 'role'].map(name => attribute(name) && `[${name}=${attribute(name)}]`)
  return [element.nodeName.toLowerCase(), id && `#${id}`, ...classes.map(name => name && `.${name}`), ...marks].join('')
}
