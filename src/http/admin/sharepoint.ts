/** What only SharePoint has to administer: issuers, application principals, site groups, its realm and its root authorities. */
import type { Kit } from '../../products/product.ts'
import type { OwnRealm } from '../../trust/own-realm.ts'
import type { Partners } from '../../trust/register.ts'
import type { RootAuthorityStore } from '../../trust/root-authority.ts'
import { appPrincipalRoutes } from './app-principals.ts'
import { realmRoutes } from './realm.ts'
import { type DownloadRoot, rootAuthorityRoutes } from './root-authorities.ts'
import type { AdminRoute } from './route.ts'
import { siteGroupRoutes } from './site-groups.ts'
import { tokenIssuerRoutes } from './token-issuers.ts'

export interface SharePointParts {
  readonly kit: Kit
  readonly partners: Partners
  /** Token servers are among them. */
  readonly all: Partners
  readonly realm: OwnRealm
  readonly rootAuthorities: RootAuthorityStore
  readonly downloadRoot: DownloadRoot
}

export function sharePointRoutes(parts: SharePointParts): AdminRoute[] {
  const { kit, partners, all, realm, rootAuthorities, downloadRoot } = parts
  return [
    ...tokenIssuerRoutes(partners, realm, rootAuthorities),
    ...appPrincipalRoutes(kit.siteAccess, realm, kit.now),
    ...siteGroupRoutes(kit.siteAccess, kit.directory),
    ...realmRoutes(realm, all, kit.siteAccess),
    ...rootAuthorityRoutes(rootAuthorities, downloadRoot, kit.now),
  ]
}
