/** `/tests/…`: the probes of a product, run when an administrator asks. */
import type { Kit, Product } from '../../products/product.ts'
import type { AdminRoute } from './route.ts'

export function testRoutes(product: Product, kit: Kit): AdminRoute[] {
  return product.probes.map((probe) => ({
    method: 'POST',
    path: `/tests/${probe.name}`,
    scope: 'operate',
    handle: async ({ input }) => ({ status: 200, body: await probe.run(input(probe.input), kit) }),
  }))
}
