/** One call of a patched method. */
export interface Call {
  /** What it was called on. */
  self: unknown
  /** What it was called with; what is here when `before` ends is what the original gets. */
  args: unknown[]
  /** Runs when the original has returned or thrown. */
  after?: (call: Call) => void
  /** What the original returned; what is here when `after` ends is what the caller gets. */
  result?: unknown
  /** The original threw, and so it goes on to the caller. */
  hasThrown?: boolean
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Under this key a patch tells what it patched, to all copies of the SDK on a page. */
const originalKey = /* @__PURE__ */ Symbol.for('loki-beacon')

/**
 * Runs `before` in front of a method of the host, and returns what ends that.
 *
 * The patch is a proxy, so that name, length, prototype and own properties are the original's, also for those who test for
 * them; its text says `[native code]`, but not the name. `before` should be guarded: what it throws is swallowed here.
 * While it runs, and `call.after`, calls pass straight through, so that nothing of ours is ever caught by itself. What can't
 * be patched (not there, no function, frozen) is left as it is. In the end the original is put back, or, where someone has
 * patched the patch, it lets everything through from then on.
 */
export function patchMethod(owner: object | undefined, name: string, before: (call: Call) => void): () => void {
  const { apply, get, set, deleteProperty, getOwnPropertyDescriptor } = Reflect
  let isActive = true
  let isBusy = false
  let restore = () => {}
  try {
    if (owner) install(owner)
  } catch {
    // A getter that throws, a proxy that forbids it.
  }
  return () => {
    isActive = false
    try {
      restore()
    } catch {
      // Frozen meanwhile: the patch stays and lets everything through.
    }
  }

  function install(owner: object): void {
    const original: unknown = get(owner, name)
    if (typeof original !== 'function') return
    const isOwn = getOwnPropertyDescriptor(owner, name) !== undefined
    // By its name a stack tells it from the page's functions, also where the page's bundler has minified ours.
    const traps = {
      lokiBeaconApply(target: Method, self: unknown, args: unknown[]) {
        if (!isActive || isBusy) return apply(target, self, args)
        const call: Call = { self, args }
        run(before, call)
        try {
          call.result = apply(target, self, call.args)
        } catch (thrown) {
          call.hasThrown = true
          run(call.after, call)
          throw thrown
        }
        run(call.after, call)
        return call.result
      },
    }
    const patched: unknown = new Proxy(original as Method, {
      apply: traps.lokiBeaconApply,
      get: (target, key) => (key === originalKey ? target : get(target, key)),
    })
    set(owner, name, patched)
    restore = () => {
      if (get(owner, name) !== patched) return
      if (!isOwn) deleteProperty(owner, name)
      if (get(owner, name) !== original) set(owner, name, original)
    }
  }

  function run(step: Call['after'], call: Call): void {
    if (!step) return
    isBusy = true
    try {
      step(call)
    } catch {
      // The caller is the page.
    }
    isBusy = false
  }
}

/** The method without any patch of ours on top. */
export function unpatched<Method>(method: Method): Method {
  let original = method
  while (typeof original === 'function') {
    const inner: unknown = Reflect.get(original, originalKey)
    if (typeof inner !== 'function') break
    original = inner as Method
  }
  return original
}
