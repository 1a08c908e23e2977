import { Component, type ComponentType, createContext, createElement, type ReactNode, useContext } from 'react'
import type { Logger } from '../core.ts'

/** What React tells of an error: of `onCaughtError` and `onRecoverableError` each a part. */
export interface ReactErrorInfo {
  componentStack?: string | null | undefined
  errorBoundary?: unknown
  digest?: string | null | undefined
}

/** The options of `createRoot` and `hydrateRoot` that are about errors (React 19; React 18 has the last one). */
export interface ReactErrorHandlers {
  onUncaughtError(error: unknown, info: ReactErrorInfo): void
  onCaughtError(error: unknown, info: ReactErrorInfo): void
  onRecoverableError(error: unknown, info: ReactErrorInfo): void
}

export interface ErrorBoundaryProps {
  children?: ReactNode
  /** Stands in for the children once one of them has failed; `reset` shows them again. */
  fallback: ReactNode | ((failure: { error: unknown; reset: () => void }) => ReactNode)
  onError?: ((error: unknown, info: ReactErrorInfo) => void) | undefined
}

/** What `createReactLogger` makes. */
export interface ReactLogger {
  /** The logger of the nearest `LoggerProvider` above, or else the one that all was made with. */
  useLogger(): Logger
  /** Gives the components below another logger, such as `log.with({ feature: 'cart' })`. */
  LoggerProvider: ComponentType<{ log: Logger; children?: ReactNode }>
  /** Records what its children throw while they render, and shows the fallback. */
  ErrorBoundary: ComponentType<ErrorBoundaryProps>
}

/** Of the component stack, in characters, innermost first. */
const maxStackChars = 4096

/** Marks an error boundary that records by itself. */
const ownBoundary = 'recordsByItself'

/**
 * For `createRoot(element, reactErrorHandlers(log))`. React reports an error only where no such option is set, and its own
 * report can't be called from here (https://github.com/react/react/issues/29384), so each of these records the error
 * and then does what React would: `reportError` or `console.error`. A handler in `next` is called instead of the latter.
 */
export function reactErrorHandlers(
  log: Logger,
  next: { [Name in keyof ReactErrorHandlers]?: ReactErrorHandlers[Name] | undefined } = {},
): ReactErrorHandlers {
  return {
    onUncaughtError: handler('onUncaughtError', reportAsReact),
    onCaughtError: handler('onCaughtError', error => console.error(error)),
    onRecoverableError: handler('onRecoverableError', reportAsReact),
  }

  function handler(name: keyof ReactErrorHandlers, report: (error: unknown) => void) {
    return (error: unknown, info: ReactErrorInfo) => {
      const isTold = info.errorBoundary instanceof Object && ownBoundary in info.errorBoundary
      // What is no object can't be told from its equals: `reportError` will bring it to the page's error listeners.
      const isComing = report === reportAsReact && !next[name] && !(error instanceof Object)
      if (!isTold && !isComing) record(log, error, info, name)
      if (next[name]) next[name](error, info)
      else report(error)
    }
  }
}

/** Binds React to a logger: call it once, beside `init` and outside of any component, and export what it gives. */
export function createReactLogger(log: Logger): ReactLogger {
  const Context = createContext(log)

  class ErrorBoundary extends Component<ErrorBoundaryProps, { failure?: { error: unknown } }> {
    static override contextType = Context
    static getDerivedStateFromError = (error: unknown) => ({ failure: { error } })
    override state: { failure?: { error: unknown } } = {}
    readonly [ownBoundary] = true

    override componentDidCatch(error: unknown, info: ReactErrorInfo): void {
      record(this.context as Logger, error, info, 'ErrorBoundary')
      this.props.onError?.(error, info)
    }

    override render(): ReactNode {
      const { failure } = this.state
      const { children, fallback } = this.props
      if (!failure) return children
      if (typeof fallback !== 'function') return fallback
      return fallback({ ...failure, reset: () => this.setState({ failure: undefined }) })
    }
  }

  return {
    useLogger: () => useContext(Context),
    LoggerProvider: ({ log, children }) => createElement(Context.Provider, { value: log }, children),
    ErrorBoundary,
  }
}

function record(log: Logger, error: unknown, { componentStack, digest }: ReactErrorInfo, hook: string): void {
  const stack = componentStack?.trim().slice(0, maxStackChars)
  log.captureError(error, { hook, componentStack: stack || undefined, digest: digest || undefined }, 'react')
}

/** https://developer.mozilla.org/docs/Web/API/Window/reportError */
function reportAsReact(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
