/** Changes the children of an element to new markup, and touches only nodes that differ: focus, selection and open details stay. */

/** @param html escaped markup of the page's own functions. A parsed document runs no scripts. */
export function patch(element: Element, html: string): void {
  patchChildren(element, new DOMParser().parseFromString(html, 'text/html').body)
}

function patchChildren(old: Element, fresh: Element): void {
  // The user's text, and texts that the script writes.
  if (old instanceof HTMLTextAreaElement || old.hasAttribute('data-keep')) return
  for (const [index, node] of [...fresh.childNodes].entries()) patchChild(old, index, node)
  while (old.childNodes.length > fresh.childNodes.length) old.lastChild?.remove()
}

function patchChild(old: Element, index: number, fresh: ChildNode): void {
  const place = old.childNodes[index]
  const current = childToKeep(old, index, fresh)
  if (current === undefined) old.insertBefore(document.importNode(fresh, true), place ?? null)
  else if (current !== place) old.insertBefore(current, place ?? null)
  if (current instanceof Element && fresh instanceof Element) {
    patchAttributes(current, fresh)
    patchChildren(current, fresh)
  } else if (current !== undefined && current.nodeValue !== fresh.nodeValue)
    current.nodeValue = fresh.nodeValue
}

/** The child with the same id, or else the one at the same place, if it is of the same kind. */
function childToKeep(old: Element, index: number, fresh: ChildNode): ChildNode | undefined {
  const place = old.childNodes[index]
  if (fresh instanceof Element && fresh.id !== '') return [...old.children].find(({ id }) => id === fresh.id)
  return place !== undefined && place.nodeName === fresh.nodeName && !hasId(place) ? place : undefined
}

function hasId(node: Node): boolean {
  return node instanceof Element && node.id !== ''
}

function patchAttributes(old: Element, fresh: Element): void {
  for (const { name } of [...old.attributes]) {
    const isOfUser = name === 'open' && old instanceof HTMLDetailsElement
    if (!isOfUser && !fresh.hasAttribute(name)) old.removeAttribute(name)
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
}
