import { forwardErrors } from 'loki-beacon/worker'

declare const clients: {
  matchAll(options: {
    type: 'window'
    includeUncontrolled: boolean
  }): Promise<{ postMessage(message: unknown): void }[]>
}

// One of the pages is enough; while none is open there is nobody to tell.
forwardErrors({
  async postMessage(message) {
    const [page] = await clients.matchAll({ type: 'window', includeUncontrolled: true })
    page?.postMessage(message)
  },
})
