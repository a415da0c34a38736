/** The tests that a mutant of the validator has to get past: those of its own parts, without servers. The quick ones first. */
export const TESTS = [
  'test/protocol/refusal.test.js',
  'test/protocol/principal.test.js',
  'test/protocol/outcome.test.js',
  'test/protocol/strict-json.test.js',
  'test/protocol/claims.test.js',
  'test/protocol/jws.test.js',
  'test/protocol/challenge.test.js',
  'test/protocol/auth-document.test.js',
  'test/trust/mint.test.js',
  'test/trust/checks.test.js',
  'test/trust/admit.test.js',
  'test/protocol/certificate.test.js',
  'test/protocol/minted-token.test.js',
  'test/protocol/pfx.test.js',
  'test/trust/properties.test.js',
]

/** Groups and tests among them that are left out. */
export const LEFT_OUT = [
  // What the attack corpus is, not what the validator makes of it; it costs more time than all the rest.
  'the corpus for another target',
  // Measures time, and the machine is busy.
  'no text makes admit throw, and none takes 5 ms',
]
