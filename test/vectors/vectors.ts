/** All token vectors. */
import { ACTING } from './acting.ts'
import { AUDIENCE } from './audience.ts'
import { CLAIMS } from './claims.ts'
import { CLIENTS } from './clients.ts'
import { HEADER } from './header.ts'
import { SHAPE } from './shape.ts'
import { SIGNER } from './signer.ts'
import type { Vector } from './vector.ts'

export const VECTORS: readonly Vector[] = [
  ...SHAPE,
  ...HEADER,
  ...SIGNER,
  ...CLAIMS,
  ...AUDIENCE,
  ...ACTING,
  ...CLIENTS,
]
