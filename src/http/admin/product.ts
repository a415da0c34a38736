/** The rows of administration that one product has for itself, as routes. */
import type { Kit, Product } from '../../products/product.ts'
import { type AdminRoute, ProblemError } from './route.ts'

export function productRoutes({ adminOperations = [] }: Product, kit: Kit): AdminRoute[] {
  return adminOperations.map(({ method, path, scope, handle }) => ({
    method,
    path,
    scope,
    handle: async (request) => {
      const result = await handle(request, kit)
      if ('title' in result) throw new ProblemError(result)
      return result
    },
  }))
}
