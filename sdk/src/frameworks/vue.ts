import type { Logger } from '../core.ts'

/** The part of a Vue 3 app that is used here. */
export interface VueApp {
  // biome-ignore lint/suspicious/noExplicitAny: Vue's instance differs by version, and nothing of it is relied on
  config: { errorHandler?: ((error: unknown, instance: any, info: string) => void) | undefined }
}

export interface VueOptions {
  log: Logger
}

/**
 * `app.use(lokiBeaconVue, { log })`: records the errors of components, watchers, hooks and handlers, with the name of
 * the component and what Vue was doing. Then an `errorHandler` that was set before is called, or else the error printed,
 * since Vue does neither once it has a handler.
 */
export const lokiBeaconVue = {
  install(app: VueApp, { log }: VueOptions): void {
    const previous = app.config.errorHandler
    app.config.errorHandler = (error, instance, info) => {
      log.captureError(error, { component: nameOf(instance), info: codeOf(info) }, 'vue')
      if (previous) previous(error, instance, info)
      else console.error(error)
    }
  },
}

function nameOf(instance: unknown): string | undefined {
  const { name, __name } = (instance as { $options?: { name?: string; __name?: string } } | null)?.$options ?? {}
  return name ?? __name
}

/** In production it is an address: https://vuejs.org/error-reference/#runtime-errors. */
function codeOf(info: string): string {
  return info.slice(info.indexOf('#') + 1)
}
