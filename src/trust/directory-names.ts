/** Where an account or a group lies in the directory: canonical names, distinguished names, and what is inside what. */

/** The container that an account without one of its own lies in: that of Active Directory. */
const DEFAULT_CONTAINER = 'Users'

/** `litwareinc.com/Users`, the container of an account whose UPN ends in this domain. */
export function defaultContainer(upn: string): string {
  return `${upn.split('@').at(-1) ?? upn}/${DEFAULT_CONTAINER}`
}

/**
 * The distinguished name (RFC 4514) of something by its common name and the canonical name of its container:
 * `Ken Myer` in `litwareinc.com/Sales` is `CN=Ken Myer,OU=Sales,DC=litwareinc,DC=com`.
 */
export function distinguishedNameOf(name: string, container: string): string {
  const [domain = '', ...units] = container.split('/')
  // `Users` at the top is a container of the directory itself; whatever else stands in a canonical name is a unit.
  const parents = units.map((unit, depth) =>
    depth === 0 && fold(unit) === fold(DEFAULT_CONTAINER) ? `CN=${escaped(unit)}` : `OU=${escaped(unit)}`,
  )
  const parts = domain.split('.').map((part) => `DC=${escaped(part)}`)
  return [`CN=${escaped(name)}`, ...parents.reverse(), ...parts].join(',')
}

/** Whether a container is this root or lies under it. Both are canonical names; case does not count. */
export function isWithin(container: string, root: string): boolean {
  const [inner, outer] = [fold(container), fold(root)]
  return inner === outer || inner.startsWith(`${outer}/`)
}

/** ASCII letters in lower case; other letters stay what they are, as in `comparable`. */
export function fold(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function escaped(value: string): string {
  return value
    .replace(/[,+"\\<>;=]/g, (special) => `\\${special}`)
    .replace(/^[ #]|[ ]$/g, (edge) => `\\${edge}`)
}
