/**
 * A DOM element from plain text. Everything shown here was written by strangers,
 * so this is the page's only way to make elements: text is set as text, never parsed.
 */
export function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children)
}

/** The same for drawings. */
export function drawing(tag, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children)
}

/** Sets the text only where it changes: a screen reader would read the same words again, and a selection be lost. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

export function byId(id) {
  return document.getElementById(id)
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue
    if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.filter(child => child !== undefined && child !== null && child !== false))
  return node
}
