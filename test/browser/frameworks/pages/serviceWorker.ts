import '../../../../demo/frameworks/worker/serviceWorker.ts'

addEventListener('message', function inTheServiceWorker() {
  throw new Error('thrown in a service worker')
})
