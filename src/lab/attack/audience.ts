/** For whom a token is: application, host with or without a port, realm. */
import { hostOf, type Vector } from './target.ts'
import type { Maker } from './tokens.ts'

export function audienceVectors(make: Maker): Vector[] {
  return [
    ...audiencesOf(make).flatMap(([id, aud, expect]) => presented(make, id, aud, expect)),
    ...mismatches(make),
  ]
}

type Row = [id: string, aud: string, expect: Vector['expect']]

/** One audience in an actor token alone, in both tokens, and in the user token alone. */
export function presented({ actor, forUser }: Maker, ...[id, aud, expect]: Row): Vector[] {
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
            expect: expect === 'claim_malformed' ? expect : ('outer_audience_mismatch' as const),
          },
        ]),
  ]
}

// What a change leaves as it was (a realm of digits in upper case, say) is no other audience.
function audiencesOf(make: Maker): Row[] {
  const good = [make.aud, make.aud.replace(make.target.audience.host, hostOf(make.target).name)]
  return [...hosts(make), ...malformed(make), ...applicationsAndRealms(make)].filter(
    ([, aud, expect]) => expect === 'accepted' || !good.includes(aud),
  )
}

function hosts({ target, aud }: Maker): Row[] {
  const { appId, realm } = target.audience
  const { name, port, explicit } = hostOf(target)
  const on = (host: string) => `${appId}/${host}@${realm}`
  const mixed = name.replace(/[a-z]/g, (letter, at: number) => (at % 9 === 0 ? letter.toUpperCase() : letter))
  const otherPort = port === 443 ? 444 : 443
  return [
    ['port', aud, 'accepted'],
    ...(explicit ? ([['no-port', on(name), 'accepted']] as Row[]) : []),
    ['host-upper-case', on(name.toUpperCase()), 'accepted'],
    ...(explicit ? ([['host-upper-case-and-port', on(`${mixed}:${port}`), 'accepted']] as Row[]) : []),
    ['wrong-port', on(`${name}:${otherPort}`), 'audience_wrong_host'],
    ['port-zero', on(`${name}:0`), 'audience_wrong_host'],
    ['port-too-large', on(`${name}:65536`), 'audience_wrong_host'],
    ...(port + 65_536 < 100_000
      ? ([['port-wrapped', on(`${name}:${port + 65_536}`), 'audience_wrong_host']] as Row[])
      : []),
    ['ipv6-wrong-port', on(`[::1]:${otherPort}`), 'audience_wrong_host'],
    ['ipv6-other', on('[::2]'), 'audience_wrong_host'],
    ['ipv6-spelled-out', on('[0:0:0:0:0:0:0:1]'), 'audience_wrong_host'],
    ['ipv4-mapped', on('[::ffff:127.0.0.1]'), 'audience_wrong_host'],
    ['ipv4-decimal', on('2130706433'), 'audience_wrong_host'],
    ['other-host', on('elsewhere.example'), 'audience_wrong_host'],
    ['name-in-brackets', on('[abcd]'), 'audience_wrong_host'],
    ...(/[a-z]$/i.test(name)
      ? nameChanges(name).map(([id, host]): Row => [id, on(host), 'audience_wrong_host'])
      : []),
  ]
}

const nameChanges = (name: string): [id: string, host: string][] => [
  ['subdomain', `mail.${name}`],
  ['longer-domain', `${name}.fabrikam.com`],
  ['prefix', name.slice(0, -1).replace(/[._-]+$/, '')],
]

const LOOKALIKES: Readonly<Record<string, string>> = { a: '\u0430', e: '\u0435', o: '\u043e', c: '\u0441' }

function malformed({ target, aud }: Maker): Row[] {
  const { appId, realm } = target.audience
  const { name, port } = hostOf(target)
  const on = (host: string) => `${appId}/${host}@${realm}`
  const hosts: [id: string, host: string][] = [
    ['trailing-dot', `${name}.`],
    ['trailing-dot-and-port', `${name}.:${port}`],
    ['port-empty', `${name}:`],
    ['port-word', `${name}:https`],
    ['port-six-digits', `${name}:${String(port).padStart(6, '0')}`],
    ['port-twice', `${name}:443:${port}`],
    ['port-leading-zero', `${name}:0${port}`],
    ['ipv6-bare', '::1'],
    ['ipv6-zone', '[::1%25eth0]'],
    ['wildcard-host', '*'],
    ['wildcard-subdomain', `*.${name.replace(/^[^.]*\./, '')}`],
    ['empty-host', ''],
    ['blank-in-host', `${name} `],
    ['nul-in-host', `${name}\0`],
    ['line-end', `${name}\n`],
    [
      'percent',
      name.includes('.') ? name.replace('.', '%2e') : `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    ],
    ['homoglyph', name.replace(/[aeoc]/, (letter) => LOOKALIKES[letter] ?? letter)],
    ['dotted-capital-i', name.replace('i', '\u0130')],
  ]
  const changed = hosts.filter(([, host]) => host !== name)
  const audiences: [id: string, aud: string][] = [
    ...changed.map(([id, host]): [string, string] => [id, on(host)]),
    ['path', `${appId}/${name}/ews@${realm}`],
    ['user-in-host', `${appId}/ken@${name}@${realm}`],
    ['url', `https://${name}:${port}/`],
    ['principal-only', `${appId}@${realm}`],
    ['id-only', appId],
    ['no-realm', `${appId}/${name}`],
    ['empty-realm', `${appId}/${name}@`],
    ['empty-id', `/${name}@${realm}`],
    ['reversed', `${realm}@${name}/${appId}`],
    ['wildcard', '*'],
    ['two-audiences', `${aud},${aud}`],
    ['slash-in-realm', `${appId}/${name}@${realm}/x`],
  ]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a claim that holds one is no claim
  const broken = (text: string) => /[\u0000-\u001f]/.test(text)
  return audiences.map(([id, text]) => [id, text, broken(text) ? 'claim_malformed' : 'audience_malformed'])
}

function applicationsAndRealms({ target, aud }: Maker): Row[] {
  const { appId, realm } = target.audience
  const [callersId = ''] = target.caller.split('@')
  const sharepoint = '00000003-0000-0ff1-ce00-000000000000'
  const another = appId === sharepoint ? '00000002-0000-0ff1-ce00-000000000000' : sharepoint
  const application = (id: string) => aud.replace(appId, id)
  const applications: [id: string, aud: string][] = [
    ['other-application', application(another)],
    ['application-of-the-caller', application(callersId)],
    ['application-upper-case', application(appId.toUpperCase())],
    ['application-in-braces', application(`{${appId}}`)],
    ['application-prefix', application(appId.slice(1))],
    ['application-blank', ` ${aud}`],
  ]
  const inRealm = (text: string) => `${aud.slice(0, -realm.length)}${text}`
  const realms: [id: string, aud: string][] = [
    ['other-realm', inRealm(realm === 'fabrikam.com' ? 'contoso.com' : 'fabrikam.com')],
    ['realm-upper-case', inRealm(realm.toUpperCase())],
    ['realm-any', inRealm('*')],
    ['realm-suffix', `${aud}.fabrikam.com`],
    ['realm-trailing-dot', `${aud}.`],
    ['realm-blank', `${aud} `],
  ]
  return [
    ...applications.map(([id, text]): Row => [id, text, 'audience_wrong_application']),
    ...realms.map(([id, text]): Row => [id, text, 'audience_wrong_realm']),
  ].filter(([, text]) => text !== aud)
}

function mismatches({ target, aud, actor, forUser }: Maker): Vector[] {
  const { appId, realm } = target.audience
  const { name, port, explicit } = hostOf(target)
  const on = (host: string) => `${appId}/${host}@${realm}`
  const rows: [id: string, what: string, inner: string, outer: string, expect: Vector['expect']][] = [
    [
      'mismatch-port',
      'two good audiences, one with the port',
      ...(explicit ? ([on(name), aud] as const) : ([aud, on(`${name}:${port}`)] as const)),
      'outer_audience_mismatch',
    ],
    [
      'mismatch-case',
      'two good audiences in different letters',
      aud,
      aud.replace(name, name.toUpperCase()),
      'outer_audience_mismatch',
    ],
    [
      'reuse-elsewhere',
      'an actor token for another server inside a user token for this one',
      on('elsewhere.example'),
      aud,
      'audience_wrong_host',
    ],
  ]
  return [
    ...rows
      .filter(([, , inner, outer]) => inner !== outer)
      .map(
        ([id, what, inner, outer, expect]): Vector => ({
          id: `aud/${id}`,
          what,
          from: 'attacks 3: CVE-2025-55241; facts 2.4',
          token: forUser(actor({ aud: inner }), { aud: outer }),
          expect,
        }),
      ),
    {
      id: 'aud/expired-first',
      what: 'an expired token for somebody else is refused as expired: time comes before audience',
      from: 'facts 2.6, 8 and 9',
      token: actor({ exp: target.now - 1_000, aud: 'x' }),
      expect: 'token_expired',
    },
  ]
}
