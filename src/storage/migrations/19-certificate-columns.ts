/** What is read out of a partner's certificate, so that a server with many partners need not read them all to start. */
export const certificateColumns = [
  'alter table partner_certificates add column x5t text',
  'alter table partner_certificates add column subject text',
  'alter table partner_certificates add column not_before integer',
  'alter table partner_certificates add column not_after integer',
  'alter table partner_certificates add column key_mark integer',
] as const
