/** The products there are. */
import { exchange } from './exchange/exchange.ts'
import { lync } from './lync/lync.ts'
import type { Product, ProductName } from './product.ts'
import { sharepoint } from './sharepoint/sharepoint.ts'

export const CATALOG = { exchange, lync, sharepoint } as const satisfies Record<ProductName, Product>
