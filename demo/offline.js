// The demo's "go offline" switch: requests to the relay fail as they do without a network, everything else works on.
// A classic script, in the page before the SDK. All tabs of the demo go offline together, as a device does.
;(() => {
  const relay = new URL(document.currentScript.dataset.relay, location.href).origin
  const storageKey = 'lampworks-offline'
  const nativeFetch = window.fetch
  const nativeSendBeacon = navigator.sendBeacon
  let isOffline = read()

  const goesToRelay = target => new URL(target?.url ?? target, location.href).origin === relay

  window.fetch = function fetch(...args) {
    if (isOffline && goesToRelay(args[0])) return Promise.reject(new TypeError('Failed to fetch (the demo is offline)'))
    return nativeFetch.apply(this, args)
  }

  navigator.sendBeacon = function sendBeacon(...args) {
    // A beacon is promised before anyone knows whether it arrives; without a network it is lost.
    if (isOffline && goesToRelay(args[0])) return true
    return nativeSendBeacon.apply(navigator, args)
  }

  Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => !isOffline })

  window.demoNetwork = {
    isOffline: () => isOffline,
    setOffline(value) {
      try {
        localStorage.setItem(storageKey, String(value))
      } catch {
        // Without storage the switch is this tab's alone.
      }
      change(value)
    },
  }

  window.addEventListener('storage', event => {
    if (event.key === storageKey) change(read())
  })

  function change(value) {
    if (value === isOffline) return
    isOffline = value
    window.dispatchEvent(new Event(value ? 'offline' : 'online'))
  }

  function read() {
    try {
      return localStorage.getItem(storageKey) === 'true'
    } catch {
      return false
    }
  }
})()
