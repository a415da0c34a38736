/** The products there are. */
import { exchange } from './exchange/exchange.ts'
import { lync } from './lync/lync.ts'
import type { Product, ProductName } from './product.ts'
import { sharepoint } from './sharepoint/sharepoint.ts'
import { tokenServer } from './token-server/token-server.ts'

export const CATALOG = {
  exchange,
  lync,
  sharepoint,
  'token-server': tokenServer,
} as const satisfies Record<ProductName, Product>
