/** Reasons why a token server is not believed, or gives nothing out. Part of the table in refusal.ts. */

const token = { about: 'token', status: 401 } as const
const request = { about: 'request', status: 400 } as const
const registration = { about: 'registration', status: 422 } as const

const unknownIssuer = {
  number: 2000009,
  category: 'invalid_issuer',
  reason: "The issuer of the token is unknown. Issuer was '{about}'.",
} as const
const noPermission = {
  number: 2000008,
  category: 'invalid_grant',
  reason:
    "The token should have valid permissions or linked account associated with partner application '{about}'.",
} as const
const spNotTrusted = {
  number: 3001000,
  category: 'invalid_client',
  reason: 'Invalid issuer or signature.',
} as const

const notBelieved = { ...token, exchange: noPermission, sharepoint: spNotTrusted } as const

export const AUTH_SERVER_REFUSALS = {
  auth_server_disabled: {
    ...token,
    exchange: unknownIssuer,
    sharepoint: spNotTrusted,
    title: 'The token server that issued the token is registered here, but disabled',
  },
  auth_server_names_unknown: {
    ...notBelieved,
    title: 'A token server names an application that is no partner application here',
  },
  auth_server_realm_differs: {
    ...notBelieved,
    title: 'A token server names an application of another realm than its own',
  },
  auth_server_not_used: {
    ...notBelieved,
    title: 'A token server names an application that signs for itself here and uses no token server',
  },
  partner_uses_auth_server: {
    ...notBelieved,
    title: 'The partner application uses a token server here: what it signs itself does not count',
  },
  consent_other_user: {
    about: 'user',
    status: 401,
    exchange: noPermission,
    title: 'The token server’s consent is for another user than the one in the token',
  },

  // What a token server says to those who ask it for a token.
  grant_type_unsupported: { ...request, title: 'The token server knows no such grant type' },
  token_request_malformed: {
    ...request,
    title: 'A parameter of the token request is missing, there twice, or malformed',
  },
  resource_not_allowed: { ...request, title: 'The client may not ask for a token for this resource' },
  assertion_too_long: { ...request, title: 'The assertion lives longer than a one-shot assertion may' },
  assertion_replayed: { ...request, title: 'The assertion was presented before' },
  assertion_forgotten: {
    ...request,
    title: 'The assertion is of a time of which it is not remembered what was presented; a new one is good',
  },
  assertions_too_many: {
    about: 'request',
    status: 503,
    title: 'More assertions are remembered than there is room for; those that end make room',
  },

  auth_server_not_found: { ...registration, status: 404, title: 'No token server has this name' },
  auth_server_id_reserved: {
    ...registration,
    title: 'A token server cannot have the application id of a product',
  },
  token_client_realm_differs: {
    ...registration,
    title: 'A client of a token server is registered in the realm of the token server',
  },
} as const
