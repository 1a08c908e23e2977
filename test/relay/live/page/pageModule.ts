/** A module of the live page: plain JavaScript for browsers; those that touch no document run here as well. */
// biome-ignore lint/suspicious/noExplicitAny: the page has no types
export function pageModule(name: string): Promise<any> {
  return import(new URL(`../../../../relay/src/live/page/${name}.js`, import.meta.url).href)
}
