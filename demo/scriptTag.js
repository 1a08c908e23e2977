import { showFailure, startShop } from './ui.js'

// The bundle is loaded async, so it may be there already, or come later, or not at all.
const tag = document.querySelector('script[data-key]')
let isDone = false

if (window.lokiBeacon || document.readyState === 'complete') draw()
else {
  tag.addEventListener('load', draw)
  // Waits for async scripts too, and comes also where one has failed before this module could listen.
  window.addEventListener('load', draw)
}

function draw() {
  if (isDone) return
  isDone = true
  if (window.lokiBeacon) startShop(window.lokiBeacon, 'script tag')
  else showFailure(tag.src)
}
