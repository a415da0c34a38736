/** The rules by which Exchange decides what an application or a user may do beyond their own: one table. */

/** Each says what it means when it decided; the first few allow, all others deny. */
export const RULES = {
  role_assigned: 'An assignment of the role holds for this recipient',
  rights_granted: 'The right on the server and the right on the database or account are both there',
  no_linked_account: 'The partner application has no linked account, and so no roles',
  linked_account_missing: 'The linked account of the partner application is not in the directory',
  role_not_assigned: 'No assignment gives the account, or a group it is in, the role',
  assignment_disabled: 'Every assignment of the role to the account is disabled',
  assignment_delegates_only: 'The account may hand the role on, and not use it',
  recipient_in_exclusive_scope:
    'The recipient lies in an exclusive scope that no assignment of the account names',
  recipient_outside_scope: 'The recipient lies outside the scopes of the account’s assignments',
  operation_outside_roles: 'No role of the account covers this operation for an application by itself',
  folder_outside_roles: 'No role of the account reaches this folder',
  administrators_denied:
    'Members of administrators’ groups are denied the right on the server, whatever else is granted',
  server_right_denied: 'ms-Exch-EPI-Impersonation is denied to the account, or to a group it is in',
  server_right_missing: 'The account lacks ms-Exch-EPI-Impersonation on the server',
  account_right_denied: 'ms-Exch-EPI-May-Impersonate is denied on the database or the account',
  account_right_missing: 'The account lacks ms-Exch-EPI-May-Impersonate on the database and on the account',
  account_not_found: 'Whoever may impersonate asked for a name that no account, or no mailbox, has here',
  account_ambiguous: 'Several accounts have the name that was asked for',
  address_not_primary: 'The account was asked for by a proxy address where its primary one is wanted',
  sid_malformed: 'What was asked for as a SID is none',
  impersonation_header_malformed: 'The header ExchangeImpersonation does not name one account',
  several_access_modes: 'The header asks more than once, or in two ways, to act as somebody else',
  security_context_refused: 'The header SerializedSecurityContext is let nobody act by',
} as const satisfies Record<string, string>
export type RuleCode = keyof typeof RULES

/** What was decided, by which rule, and by which record of that rule (an assignment, a scope, a group). */
export interface Decision {
  readonly allowed: boolean
  readonly rule: RuleCode
  readonly by?: string
}
