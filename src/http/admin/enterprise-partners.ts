/** `/enterprise-partner-applications`: Configure-EnterprisePartnerApplication as one call. */
import * as z from 'zod'
import type { ConfigureEnterprise } from '../../products/exchange/rbac/enterprise-partner.ts'
import { SUCCEEDED } from '../../products/exchange/rbac/enterprise-partner.ts'
import { ENTERPRISE_ROLES, type EnterpriseApplication } from '../../products/exchange/rbac/roles.ts'
import type { RefreshPolicy } from '../../trust/refresh-policy.ts'
import { problemOf } from '../problem.ts'
import { assignmentView } from './management.ts'
import { doneTo, partnerViewOf } from './partner-applications.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

export const APPLICATION_TYPES = Object.keys(ENTERPRISE_ROLES) as EnterpriseApplication[]

export const ConfigureEnterpriseInput = z.strictObject({
  authMetadataUrl: z.url({ protocol: /^https$/, error: 'expected an https URL' }).max(2048),
  applicationType: z.enum(APPLICATION_TYPES),
  certificateAuthority: z.string().min(1).max(100_000).exactOptional(),
})

export function enterprisePartnerRoutes(
  configure: ConfigureEnterprise,
  refreshing: RefreshPolicy,
): AdminRoute[] {
  return [
    {
      method: 'POST',
      path: '/enterprise-partner-applications',
      scope: 'administer',
      kind: 'registration',
      change: ({ input }) => ({ change: changeOf(input(ConfigureEnterpriseInput)) }),
      handle: async ({ input }) => {
        const configured = await configure(input(ConfigureEnterpriseInput))
        if (!configured.ok) throw new ProblemError(problemOf(configured))
        const { partner, account, assignments, steps } = configured.value
        return {
          status: 200,
          body: {
            steps,
            partner: partnerViewOf(partner, refreshing),
            account,
            assignments: assignments.map(assignmentView),
            result: SUCCEEDED,
          },
          done: { subject: partner.identity, ...doneTo(partner) },
        }
      },
    },
  ]
}
