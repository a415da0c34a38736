/** The rows of the refusal table that are about the keys this server itself signs with. */
import type { Row } from './refusal.ts'

const signingKey = { about: 'signing key', status: 409 } as const

export const SIGNING_KEY_REFUSALS = {
  signing_key_unreadable: {
    ...signingKey,
    status: 422,
    title: 'Not one certificate with its private key in PEM or PFX, or another password',
  },
  signing_key_mismatch: {
    ...signingKey,
    status: 422,
    title: 'The private key is not that of the certificate',
  },
  signing_key_dates: {
    ...signingKey,
    status: 422,
    title: 'The certificate is not valid when it is to be used',
  },
  signing_key_date_missing: {
    ...signingKey,
    status: 422,
    title: 'A staged key needs the date from which it is to be current',
  },
  signing_key_known: { ...signingKey, title: 'This server has, or had, this key already' },
  signing_key_of_partner: { ...signingKey, title: 'This is the key of a partner application' },
  signing_key_lead_short: {
    ...signingKey,
    title: 'The effective date is so near that partners may not have read the key by then',
  },
  signing_key_unseen: { ...signingKey, title: 'Not every partner has fetched the next key yet' },
  signing_key_tokens_live: { ...signingKey, title: 'Tokens of the previous key may be in use still' },
  signing_key_not_staged: { ...signingKey, title: 'No key is staged to be the next one' },
  signing_key_in_use: { ...signingKey, title: 'The key is in a state in which this cannot be done' },
  signing_key_not_found: {
    ...signingKey,
    status: 404,
    title: 'This server has no signing key of this thumbprint or state',
  },
} as const satisfies Record<string, Row>
