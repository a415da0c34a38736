/**
 * The rights of applications and the permission levels of people, on one ladder: each holds those below it
 * (facts/administration.md C.4).
 */

/** What an application can be granted, from the least to the most. */
export const RIGHTS = ['Read', 'Write', 'Manage', 'FullControl'] as const
export type Right = (typeof RIGHTS)[number]

/** Where a grant counts, from the narrowest to the widest. */
export const SCOPES = ['Site', 'SiteCollection', 'SiteSubscription'] as const
export type Scope = (typeof SCOPES)[number]

/** What a site group gives its members, and the right of an application that lets the same be done. */
export const PERMISSION_LEVELS = {
  Read: 'Read',
  Contribute: 'Write',
  Edit: 'Manage',
  'Full Control': 'FullControl',
} as const satisfies Record<string, Right>
export type PermissionLevel = keyof typeof PERMISSION_LEVELS

/** Whether one right holds the other. */
export function holds(held: Right | undefined, needed: Right): boolean {
  return held !== undefined && RIGHTS.indexOf(held) >= RIGHTS.indexOf(needed)
}

/** Whether a grant at one scope counts at the other: a wider one holds the narrower ones. */
export function reaches(granted: Scope, target: Scope): boolean {
  return SCOPES.indexOf(granted) >= SCOPES.indexOf(target)
}

/** The most of these; undefined of none. */
export function most(rights: readonly Right[]): Right | undefined {
  return RIGHTS.findLast((right) => rights.includes(right))
}
