/** The tests that a mutant of the validator has to get past: those of its own parts, without servers. The quick ones first. */
export const TESTS = [
  'test/protocol/refusal.test.js',
  'test/protocol/principal.test.js',
  'test/protocol/error-code.test.js',
  'test/protocol/outcome.test.js',
  'test/protocol/token-hash.test.js',
  'test/protocol/strict-json.test.js',
  'test/protocol/claims.test.js',
  'test/protocol/jws.test.js',
  'test/protocol/signing-proof.test.js',
  'test/protocol/challenge.test.js',
  'test/protocol/auth-document.test.js',
  'test/trust/mint.test.js',
  'test/trust/checks.test.js',
  'test/trust/broker.test.js',
  'test/trust/identity.test.js',
  'test/trust/auth-server.test.js',
  'test/trust/generations.test.js',
  'test/trust/signed-once.test.js',
  'test/trust/admit.test.js',
  'test/trust/caller.test.js',
  'test/protocol/certificate.test.js',
  'test/protocol/minted-token.test.js',
  'test/protocol/pfx.test.js',
  'test/protocol/large-key-signer.test.js',
  'test/trust/properties.test.js',
  'test/trust/token-memory.test.js',
]

/** Groups and tests among them that are left out. */
export const LEFT_OUT = [
  // What the attack corpus is, not what the validator makes of it; it costs more time than all the rest.
  'the corpus for another target',
  // Measure time, and the machine is busy.
  'no text makes admit throw, and none takes 5 ms',
  'in time that grows with its length alone, whatever a hostile server writes',
  // About explanations, which are made of the same checks.
  'signed by: %s. Each case of the table, and explained with the same code',
  // Try thousands of texts: they would be half of the time, and what they find, a smaller test finds too.
  '2,000 pieces of garbage are answered, never thrown at',
  'a certificate with any byte changed is read or refused, never thrown at',
  'is refused with any one bit of its text flipped',
  'that is refused gives away neither the signature nor the token',
  'a token that is remembered is judged as one that was never seen',
  'that is refused is never kept, however often it comes',
  'spliced with another is accepted only where the splice is one of the two',
]
