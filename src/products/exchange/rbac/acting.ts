/** For which users an application may act: those over whom its linked account holds the role UserApplication. */
import type { Caller, Kit, ProductRequest } from '../../product.ts'
import { accountOf, inWords } from './caller-account.ts'
import { decideRole } from './evaluate.ts'

/**
 * Whether the caller may come in the name of its token's user. A partner application with a linked account acts for the users
 * over whom the account has the role UserApplication ("act for end users", facts/administration.md B.1), and its management
 * scope is how an administrator keeps a portal to its desk workers, or a firm to its employees. Without a linked account the
 * trust level alone decides. Either way the call then has the user's rights and no others (B.7). A denial goes into the record
 * with its rule.
 */
export async function mayActForUser(
  { partner, user }: Caller,
  kit: Kit,
  { through, requestId }: Pick<ProductRequest, 'through' | 'requestId'>,
): Promise<boolean> {
  if (user === undefined || partner.linkedAccount === undefined) return true
  const found = await accountOf({ partner }, kit)
  const decision = found.ok
    ? decideRole(kit.authorization.current(), found.account.sid, 'UserApplication', user)
    : found.decision
  if (decision.allowed) return true
  kit.record({
    kind: 'forbidden',
    requestId,
    through,
    partner: partner.issuer,
    user: user.upn,
    status: 403,
    rule: `acting for ${user.upn}: ${inWords(decision, found.ok ? found.account : undefined)}`,
  })
  return false
}
