/** `/tests/…`: the probes of a product, run when an administrator asks. */
import type { Kit, Product } from '../../products/product.ts'
import { type AdminRoute, changeOf } from './route.ts'

export function testRoutes(product: Product, kit: Kit): AdminRoute[] {
  return product.probes.map((probe) => ({
    method: 'POST',
    path: `/tests/${probe.name}`,
    scope: 'operate',
    kind: 'administration',
    change: ({ input }) => ({
      subject: probe.name,
      change: changeOf(input(probe.input) as Record<string, unknown>),
    }),
    async handle({ input }) {
      const report = await probe.run(input(probe.input), kit)
      return { status: 200, body: report, done: { change: { passed: report.passed } } }
    },
  }))
}
