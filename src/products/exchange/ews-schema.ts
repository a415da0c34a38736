/** What the published schema asks of a request, as far as it is checked here: sequences of children and simple values. */
import { NS, type XmlElement } from '../xml.ts'

/** Says what is wrong with an element; undefined when nothing is. */
export type Check = (element: XmlElement) => string | undefined

interface Sequence {
  readonly ns?: string
  readonly required?: readonly string[]
  /** May stand several times in a row. */
  readonly repeated?: readonly string[]
}

/** Children out of `names`, in this order. */
export function sequence(names: readonly string[], rules: Sequence = {}): Check {
  const { ns = NS.types, required = [], repeated = [] } = rules
  return (element) => {
    let last = -1
    for (const { ns: childNs, name } of element.children) {
      const place = childNs === ns ? names.indexOf(name) : -1
      if (place === -1) return `${element.name} may not hold ${name}`
      if (place < last) return `in ${element.name}, ${name} must stand before ${names[last] ?? ''}`
      if (place === last && !repeated.includes(name)) return `${element.name} may hold ${name} only once`
      last = place
    }
    const missing = required.find((name) => !element.children.some((child) => child.name === name))
    return missing === undefined ? hasNoText(element) : `${element.name} must hold ${missing}`
  }
}

/** At least one child, each with one of these names. */
export function someOf(names: readonly string[]): Check {
  return (element) =>
    element.children.length === 0
      ? `${element.name} must hold at least one of ${names.join(', ')}`
      : anyOf(names)(element)
}

/** Any number of children, each with one of these names. */
export function anyOf(names: readonly string[]): Check {
  return (element) => {
    const stranger = element.children.find(({ ns, name }) => ns !== NS.types || !names.includes(name))
    return stranger === undefined ? hasNoText(element) : `${element.name} may not hold ${stranger.name}`
  }
}

/** Text and no children; with a pattern, text that matches it. */
export function text(pattern?: RegExp, expected = 'a value of its type'): Check {
  return (element) => {
    if (element.children.length > 0) return `${element.name} may hold text only`
    return pattern === undefined || pattern.test(element.text)
      ? undefined
      : `${element.name} must be ${expected}`
  }
}

/** One of these words. */
export function oneOf(words: readonly string[]): Check {
  return (element) =>
    text()(element) ??
    (words.includes(element.text) ? undefined : `${element.name} must be one of ${words.join(', ')}`)
}

/** An attribute that must be there or may be there, of one pattern. */
export function attribute(name: string, pattern: RegExp, use: 'required' | 'optional'): Check {
  return (element) => {
    const value = element.attributes.get(name)
    if (value === undefined)
      return use === 'required' ? `${element.name} must have the attribute ${name}` : undefined
    return pattern.test(value) ? undefined : `the attribute ${name} of ${element.name} has a wrong value`
  }
}

/** The first complaint of several checks. */
export function all(...checks: readonly Check[]): Check {
  return (element) => {
    for (const check of checks) {
      const wrong = check(element)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
}

/** A check of every child of this name. */
export function each(name: string, check: Check): Check {
  return (element) => {
    for (const child of element.children) {
      const wrong = child.name === name ? check(child) : undefined
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
}

function hasNoText(element: XmlElement): string | undefined {
  return /[^\t\n\r ]/.test(element.text) ? `${element.name} may not hold text` : undefined
}
