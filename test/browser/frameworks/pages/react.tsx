import { init } from 'loki-beacon'
import { createReactLogger, reactErrorHandlers } from 'loki-beacon/react'
import { Component, type ReactNode, StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'

/** Ways in which React meets an error; each is a button. */

const log = init({ url: '/telemetry', key: 'pk_shop_web', capture: { errors: true, rejections: true } })
const { ErrorBoundary } = createReactLogger(log)

class OtherBoundary extends Component<{ children: ReactNode }> {
  static getDerivedStateFromError = () => ({ hasFailed: true })
  override state = { hasFailed: false }
  override render() {
    return this.state.hasFailed ? 'other fallback' : this.props.children
  }
}

function Broken({ thrown }: { thrown: unknown }): ReactNode {
  throw thrown
}

let isMended = false
function BrokenUntilMended(): ReactNode {
  if (!isMended) throw new Error('not mended')
  return 'as good as new'
}

const ways: Record<string, () => void> = {
  uncaught: () => render(<Broken thrown={new Error('nobody catches it')} />),
  text: () => render(<Broken thrown="just text" />),
  caughtByAnother: () =>
    render(
      <OtherBoundary>
        <Broken thrown={new Error('another caught it')} />
      </OtherBoundary>,
    ),
  textInBoundary: () =>
    render(
      <ErrorBoundary fallback="own fallback">
        <Broken thrown="text in a boundary" />
      </ErrorBoundary>,
    ),
  recoverable: () => {
    const element = addElement()
    element.innerHTML = '<p>of the server</p>'
    hydrateRoot(element, <p>of the page</p>, reactErrorHandlers(log))
  },
  reset: () =>
    render(
      <ErrorBoundary
        fallback={({ error, reset }) => {
          const mend = () => {
            isMended = true
            reset()
          }
          return (
            <button type="button" onClick={mend}>
              {`again after ${(error as Error).message}`}
            </button>
          )
        }}
      >
        <BrokenUntilMended />
      </ErrorBoundary>,
    ),
  own: () => {
    const next = { onCaughtError: (error: unknown) => document.body.append(`told of ${error}`) }
    createRoot(addElement(), reactErrorHandlers(log, next)).render(
      <OtherBoundary>
        <Broken thrown={new Error('for the page')} />
      </OtherBoundary>,
    )
  },
}

for (const [name, act] of Object.entries(ways)) {
  const button = document.createElement('button')
  button.textContent = name
  button.onclick = act
  document.body.append(button)
}

function addElement(): HTMLElement {
  const element = document.createElement('div')
  document.body.append(element)
  return element
}

function render(node: ReactNode): void {
  createRoot(addElement(), reactErrorHandlers(log)).render(<StrictMode>{node}</StrictMode>)
}
