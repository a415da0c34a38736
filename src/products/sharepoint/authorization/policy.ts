/**
 * The three authorization policies of SharePoint, decided in one place (facts/administration.md C.4): a user alone by the user's
 * rights; an application for a user where both have the right; an application alone by its own rights, if it may act alone at all.
 */
import { holds, most, PERMISSION_LEVELS, type Right, reaches, type Scope } from './rights.ts'
import type { AppPrincipal, SiteGroup } from './site-access.ts'

/** What is to be decided. Nothing else is looked at. */
export interface Question {
  /** The application that asks, if one does; its principal is undefined where none of its name is registered. */
  readonly app?: { readonly principal: Pick<AppPrincipal, 'appOnly' | 'permissions'> | undefined }
  /** The user it is asked for, with the groups of this moment. */
  readonly user?: { readonly groups: readonly Pick<SiteGroup, 'level'>[] }
  readonly needs: Right
  /** What it is needed on. */
  readonly target: Scope
}

export type Policy = 'user only' | 'user and application' | 'application only'

/** Why not. The first two are about who asks, the others about what it may do. */
export type DenyingRule =
  | 'app principal unknown'
  | 'app-only policy not enabled'
  | 'right of the application too small'
  | 'rights of the user too small'

export type Verdict =
  | { readonly allowed: true; readonly policy: Policy }
  | { readonly allowed: false; readonly policy: Policy; readonly rule: DenyingRule }

/** Decides. Who is neither an application nor a user may do nothing. */
export function decide({ app, user, needs, target }: Question): Verdict {
  const policy =
    app === undefined ? 'user only' : user === undefined ? 'application only' : 'user and application'
  const denied = (rule: DenyingRule): Verdict => ({ allowed: false, policy, rule })
  if (app !== undefined) {
    const { principal } = app
    if (principal === undefined) return denied('app principal unknown')
    if (user === undefined && !principal.appOnly) return denied('app-only policy not enabled')
    if (!holds(rightAt(principal, target), needs)) return denied('right of the application too small')
    if (user === undefined) return { allowed: true, policy }
  }
  if (!holds(rightIn(user?.groups ?? []), needs)) return denied('rights of the user too small')
  return { allowed: true, policy }
}

/** The most that an application was granted on this. */
export function rightAt(
  { permissions }: Pick<AppPrincipal, 'permissions'>,
  target: Scope,
): Right | undefined {
  return most(permissions.filter(({ scope }) => reaches(scope, target)).map(({ right }) => right))
}

/** The most that any of these groups gives. */
export function rightIn(groups: readonly Pick<SiteGroup, 'level'>[]): Right | undefined {
  return most(groups.map(({ level }) => PERMISSION_LEVELS[level]))
}
