/** All token vectors: the corpus for the tests' own target, and those that only a special situation can judge. */
import { corpusFor } from '../../src/lab/attack/corpus.ts'
import { TARGET } from '../support/tokens.ts'
import { AUTH_SERVERS } from './auth-servers.ts'
import { BROKERS } from './brokers.ts'
import { EDGES } from './edges.ts'
import { REGISTRATIONS } from './registrations.ts'
import type { Vector } from './vector.ts'

/** What `entente attack` fires, for the tests’ own target. */
export const CORPUS: readonly Vector[] = corpusFor(TARGET)

export const VECTORS: readonly Vector[] = [...CORPUS, ...EDGES, ...REGISTRATIONS, ...BROKERS, ...AUTH_SERVERS]
