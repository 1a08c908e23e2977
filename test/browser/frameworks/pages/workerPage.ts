import { init } from 'loki-beacon'
import { receiveFrom } from 'loki-beacon/worker'

/** A page that has handlers of its own for its worker's messages and errors; its buttons are commands to the worker. */

const log = init({ url: '/telemetry', key: 'pk_shop_web', capture: { errors: true, rejections: true } })
const worker = new Worker('/worker.js', { type: 'module' })
receiveFrom(worker, log)

const heard: unknown[] = []
const workerErrors: string[] = []
worker.onmessage = ({ data }) => heard.push(data)
worker.onerror = ({ message }) => workerErrors.push(message)
Object.assign(globalThis, { heard, workerErrors })

for (const command of ['throw', 'throw again', 'reject', 'log', 'capture', 'hostile', 'answer', 'foreign']) {
  const button = document.createElement('button')
  button.textContent = `${command}.`
  button.onclick = () => worker.postMessage(command)
  document.body.append(button)
}
