/** A partner may have a TLS authority of its own. */
export const partnerAuthority = ['alter table partners add column certificate_authority text'] as const
