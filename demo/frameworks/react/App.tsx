import { useState } from 'react'
import { ErrorBoundary, LoggerProvider, log, useLogger } from './beacon.ts'

const cartLog = log.with({ feature: 'cart' })

export function App() {
  return (
    <LoggerProvider log={cartLog}>
      <ErrorBoundary fallback={({ reset }) => <TryAgain onClick={reset} />}>
        <Cart />
      </ErrorBoundary>
    </LoggerProvider>
  )
}

function Cart() {
  const log = useLogger()
  const [isBroken, setBroken] = useState(false)
  if (isBroken) throw new Error('the cart is broken')
  const breakIt = () => {
    log.info('about to break')
    setBroken(true)
  }
  return (
    <button type="button" onClick={breakIt}>
      Break the cart
    </button>
  )
}

function TryAgain({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      Something went wrong. Try again
    </button>
  )
}
