/** The rows of administration that one product has for itself, as routes. */
import type { Kit, Product } from '../../products/product.ts'
import { type AdminRequest, type AdminRoute, changeOf, ProblemError } from './route.ts'

export function productRoutes({ adminOperations = [] }: Product, kit: Kit): AdminRoute[] {
  return adminOperations.map((operation): AdminRoute => {
    const { path } = operation
    const handle = async (request: AdminRequest) => {
      const result = await operation.handle(request, kit)
      if ('title' in result) throw new ProblemError(result)
      return result
    }
    if (operation.change === undefined) {
      const { method, scope, takesQuery = false } = operation
      return { method, path, scope, takesQuery, handle }
    }
    const { method, scope } = operation
    return {
      ...{ method, path, scope, handle },
      kind: 'administration',
      change: (request) => {
        const { subject, change } = operation.change(request)
        return {
          ...(subject !== undefined && { subject }),
          ...(change !== undefined && { change: changeOf(change) }),
        }
      },
    }
  })
}
