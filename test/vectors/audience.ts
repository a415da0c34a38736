/** For whom a token is: application, host with or without a port, realm. */
import { AUD, actor, forUser, HOST, LYNC, NOW, PORT } from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const APP = '00000002-0000-0ff1-ce00-000000000000'
const on = (host: string) => `${APP}/${host}@litwareinc.com`

const AUDIENCES: [id: string, aud: string, expect: Vector['expect']][] = [
  ['port', on(`${HOST}:${PORT}`), 'accepted'],
  ['no-port', on(HOST), 'accepted'],
  ['host-upper-case', on(HOST.toUpperCase()), 'accepted'],
  ['host-upper-case-and-port', on(`Exchange.LitwareInc.Com:${PORT}`), 'accepted'],
  ['second-name', on('autodiscover.litwareinc.com'), 'accepted'],
  ['ipv4', on(`127.0.0.1:${PORT}`), 'accepted'],
  ['ipv6', on('[::1]'), 'accepted'],
  ['ipv6-port', on(`[::1]:${PORT}`), 'accepted'],
  ['wrong-port', on(`${HOST}:443`), 'audience_wrong_host'],
  ['port-zero', on(`${HOST}:0`), 'audience_wrong_host'],
  ['port-too-large', on(`${HOST}:65536`), 'audience_wrong_host'],
  ['port-wrapped', on(`${HOST}:${PORT + 65_536}`), 'audience_wrong_host'],
  ['ipv6-wrong-port', on('[::1]:443'), 'audience_wrong_host'],
  ['ipv6-other', on('[::2]'), 'audience_wrong_host'],
  ['ipv6-spelled-out', on('[0:0:0:0:0:0:0:1]'), 'audience_wrong_host'],
  ['ipv4-mapped', on('[::ffff:127.0.0.1]'), 'audience_wrong_host'],
  ['ipv4-decimal', on('2130706433'), 'audience_wrong_host'],
  ['other-host', on('lync.litwareinc.com'), 'audience_wrong_host'],
  ['domain-only', on('litwareinc.com'), 'audience_wrong_host'],
  ['short-name', on('exchange'), 'audience_wrong_host'],
  ['subdomain', on(`mail.${HOST}`), 'audience_wrong_host'],
  ['longer-domain', on(`${HOST}.fabrikam.com`), 'audience_wrong_host'],
  ['prefix', on(HOST.slice(0, -1)), 'audience_wrong_host'],
  ['name-in-brackets', on('[abcd]'), 'audience_wrong_host'],
  ['trailing-dot', on(`${HOST}.`), 'audience_malformed'],
  ['trailing-dot-and-port', on(`${HOST}.:${PORT}`), 'audience_malformed'],
  ['port-empty', on(`${HOST}:`), 'audience_malformed'],
  ['port-word', on(`${HOST}:https`), 'audience_malformed'],
  ['port-six-digits', on(`${HOST}:008441`), 'audience_malformed'],
  ['port-twice', on(`${HOST}:443:${PORT}`), 'audience_malformed'],
  ['ipv6-bare', on('::1'), 'audience_malformed'],
  ['ipv6-zone', on('[::1%25eth0]'), 'audience_malformed'],
  ['wildcard-host', on('*'), 'audience_malformed'],
  ['wildcard-subdomain', on('*.litwareinc.com'), 'audience_malformed'],
  ['empty-host', on(''), 'audience_malformed'],
  ['blank-in-host', on(`${HOST} `), 'audience_malformed'],
  ['nul-in-host', on(`${HOST}\0`), 'audience_malformed'],
  ['line-end', on(`${HOST}\n`), 'audience_malformed'],
  ['percent', on('exchange%2elitwareinc.com'), 'audience_malformed'],
  ['homoglyph', on('exch\u0430nge.litwareinc.com'), 'audience_malformed'],
  ['dotted-capital-i', on('exchange.l\u0130twareinc.com'), 'audience_malformed'],
  ['path', `${APP}/${HOST}/ews@litwareinc.com`, 'audience_malformed'],
  ['user-in-host', `${APP}/ken@${HOST}@litwareinc.com`, 'audience_malformed'],
  ['url', `https://${HOST}:${PORT}/`, 'audience_malformed'],
  ['principal-only', `${APP}@litwareinc.com`, 'audience_malformed'],
  ['id-only', APP, 'audience_malformed'],
  ['no-realm', `${APP}/${HOST}`, 'audience_malformed'],
  ['empty-realm', `${APP}/${HOST}@`, 'audience_malformed'],
  ['empty-id', `/${HOST}@litwareinc.com`, 'audience_malformed'],
  ['reversed', `litwareinc.com@${HOST}/${APP}`, 'audience_malformed'],
  ['wildcard', '*', 'audience_malformed'],
  ['two-audiences', `${AUD},${AUD}`, 'audience_malformed'],
  ['slash-in-realm', `${APP}/${HOST}@litwareinc.com/x`, 'audience_malformed'],
  [
    'other-application',
    AUD.replace(APP, '00000003-0000-0ff1-ce00-000000000000'),
    'audience_wrong_application',
  ],
  ['application-of-the-caller', AUD.replace(APP, LYNC.split('@')[0] ?? ''), 'audience_wrong_application'],
  ['application-upper-case', AUD.replace('ff1-ce00', 'FF1-CE00'), 'audience_wrong_application'],
  ['application-in-braces', AUD.replace(APP, `{${APP}}`), 'audience_wrong_application'],
  ['application-prefix', AUD.replace(APP, APP.slice(1)), 'audience_wrong_application'],
  ['application-blank', ` ${AUD}`, 'audience_wrong_application'],
  ['other-realm', AUD.replace('@litwareinc.com', '@fabrikam.com'), 'audience_wrong_realm'],
  ['realm-upper-case', AUD.replace('@litwareinc.com', '@LITWAREINC.COM'), 'audience_wrong_realm'],
  ['realm-any', AUD.replace('@litwareinc.com', '@*'), 'audience_wrong_realm'],
  ['realm-suffix', `${AUD}.fabrikam.com`, 'audience_wrong_realm'],
  ['realm-trailing-dot', `${AUD}.`, 'audience_wrong_realm'],
  ['realm-blank', `${AUD} `, 'audience_wrong_realm'],
]

const audiences: Vector[] = AUDIENCES.flatMap(([id, aud, expect]): Vector[] => {
  const shared = { from: 'attacks 13, 25; facts 2.6, 9', expect, ...(expect !== 'accepted' && { at: 'aud' }) }
  return [
    {
      id: `aud/alone-${id}`,
      what: `an actor token for ${JSON.stringify(aud)}`,
      token: actor({ aud }),
      ...shared,
    },
    {
      id: `aud/both-${id}`,
      what: `a user token and its actor token for ${JSON.stringify(aud)}`,
      token: forUser(actor({ aud }), { aud }),
      ...shared,
    },
    ...(expect === 'accepted'
      ? []
      : [
          {
            id: `aud/outer-${id}`,
            what: `a user token alone for ${JSON.stringify(aud)}`,
            token: forUser(actor(), { aud }),
            ...shared,
            expect: 'outer_audience_mismatch' as const,
          },
        ]),
  ]
})

const mismatches: Vector[] = [
  {
    id: 'aud/mismatch-port',
    what: 'two good audiences, one with the port',
    from: 'attacks 3: CVE-2025-55241; facts 2.4',
    token: forUser(actor({ aud: on(HOST) })),
    expect: 'outer_audience_mismatch',
  },
  {
    id: 'aud/mismatch-host',
    what: 'two good audiences that name this server differently',
    from: 'attacks 3; facts 2.4',
    token: forUser(actor(), { aud: on('autodiscover.litwareinc.com') }),
    expect: 'outer_audience_mismatch',
  },
  {
    id: 'aud/mismatch-case',
    what: 'two good audiences in different letters',
    from: 'attacks 3; facts 2.4: identical',
    token: forUser(actor(), { aud: AUD.replace('exchange.', 'EXCHANGE.') }),
    expect: 'outer_audience_mismatch',
  },
  {
    id: 'aud/reuse-elsewhere',
    what: 'an actor token for another server inside a user token for this one',
    from: 'attacks 3',
    token: forUser(actor({ aud: AUD.replace(HOST, 'sharepoint.litwareinc.com') })),
    expect: 'audience_wrong_host',
  },
  {
    id: 'aud/expired-first',
    what: 'an expired token for somebody else is refused as expired: time comes before audience',
    from: 'facts 2.6, 8 and 9',
    token: actor({ exp: NOW - 1_000, aud: 'x' }),
    expect: 'token_expired',
  },
]

export const AUDIENCE: readonly Vector[] = [...audiences, ...mismatches]
