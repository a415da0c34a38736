/** The corpus as a file for other projects: made for fixed keys and a fixed time, with what a verifier must know of them. */
import { KEYS, TARGET } from '../support/tokens.ts'
import { CORPUS } from './vectors.ts'

const ABOUT = [
  'Nested actor tokens of server-to-server OAuth (MS-XOAUTH, MS-SPS2SAUTH), good and bad: what must become of each.',
  'Set up a verifier as "target" says, its clock at "now", and present every token: "expect" is "accepted" or a code.',
  'Codes: docs/refusals.md. Sources ("from"): docs/corpus.md. The private keys are public: test/vectors/keys.',
]

/** One vector a line, so that a change of one is a change of one line. */
export function corpusListing(): string {
  const { audience, caller, users, now } = TARGET
  const target = {
    application: `${audience.appId}@${audience.realm}`,
    host: audience.host,
    audience: `${audience.appId}/${audience.host}@${audience.realm}`,
    now,
    nowText: new Date(now * 1000).toISOString(),
    clockSkewSeconds: 300,
    certificate: KEYS.self.pem,
    partner: {
      issuer: caller,
      certificate: KEYS.partner.pem,
      trustLevel: 'Full',
      acceptSecurityIdentifierInformation: true,
    },
    users,
  }
  const vectors = CORPUS.map(({ id, what, from, expect, token, isHouseRule }) =>
    JSON.stringify({ id, what, from, expect, isHouseRule, token }),
  )
  const head = JSON.stringify({ about: ABOUT, target }, undefined, 2).replace(/\n\}$/, ',')
  return `${head}\n  "vectors": [\n    ${vectors.join(',\n    ')}\n  ]\n}\n`
}
