/** A vector that may need a special situation of the server that judges it. */
import type { Vector as AnyVector } from '../../src/lab/attack/target.ts'
import type { SituationChange } from '../support/tokens.ts'

export interface Vector extends AnyVector {
  readonly against?: SituationChange
}
