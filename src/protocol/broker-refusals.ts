/** Reasons why a trust broker is not registered, or not believed when it names another application. Part of the table in refusal.ts. */

const registration = { about: 'registration', status: 422 } as const
// What SharePoint, which alone takes brokers, says of an issuer that it does not believe.
const token = {
  about: 'token',
  status: 401,
  sharepoint: { number: 3001000, category: 'invalid_client', reason: 'Invalid issuer or signature.' },
} as const

export const BROKER_REFUSALS = {
  brokered_name_malformed: {
    ...token,
    title: 'The application that a broker names is not of the form <application id>@<realm>, in lower case',
  },
  brokered_realm_differs: {
    ...token,
    title: 'A broker names an application of another realm than its own',
  },
  brokered_name_reserved: {
    ...token,
    title: 'A broker may not speak for a server: the id is a well-known one, or this server’s',
  },
  brokered_name_registered: {
    ...token,
    title: 'A broker may not speak for an application that is registered with a key of its own',
  },
  issuer_realm_given_up: {
    ...token,
    title:
      'The issuer, or the application that it names, is registered in a realm that this server has given up',
  },
  broker_not_taken: {
    ...registration,
    title: 'A partner application may speak for others at SharePoint alone',
  },
  broker_id_reserved: {
    ...registration,
    title: 'A trust broker cannot have the application id of a server',
  },
  broker_without_key: {
    ...registration,
    title: 'A trust broker signs with a key of its own, and what uses a token server has none',
  },
  broker_realm_differs: {
    ...registration,
    title: 'A trust broker is registered in the realm of the server itself',
  },
} as const
