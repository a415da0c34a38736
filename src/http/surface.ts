/** What a server answers to, as the code that mounts it lists it: for the tests that walk it. */
import type { Product } from '../products/product.ts'
import type { Scope } from '../trust/admin-tokens.ts'
import type { AdminRoute } from './admin/route.ts'
import { OPERATIONS_SURFACE } from './operations.ts'
import { DOCUMENT_METHODS } from './published.ts'

/** Below this stands the administration. */
export const ADMIN = '/admin/v1'

/** One thing that a server answers to, and what it wants to see first. Whatever stands in no row wants a token too. */
export interface SurfaceRow {
  readonly methods: readonly string[]
  readonly path: string
  readonly needs: 'nothing' | 'an assertion' | 'a partner' | Scope
}

/** Every row of a product with these admin routes. */
export function surfaceOf(
  { metadata, operations, assertionOperations = [] }: Product,
  routes: readonly AdminRoute[],
): SurfaceRow[] {
  const open = [...metadata.paths, ...(metadata.rootPath === undefined ? [] : [metadata.rootPath])]
  return [
    ...open.map((path) => ({ methods: DOCUMENT_METHODS, path, needs: 'nothing' as const })),
    ...assertionOperations.map(({ methods, path }) => ({ methods, path, needs: 'an assertion' as const })),
    ...OPERATIONS_SURFACE,
    ...operations.map(({ methods, path }) => ({ methods, path, needs: 'a partner' as const })),
    ...routes.map(({ method, path, scope }) => ({
      methods: [method],
      path: `${ADMIN}${path}`,
      needs: scope,
    })),
  ]
}
