/** The detail of a storage failure, in the words of the product. */

import { detailOf, webExceptionStatus } from '../../../src/products/lync/storage-failure.ts'
import type { WebFailure } from '../../../src/products/partner-call.ts'
import { callFault } from '../../../src/products/partner-call.ts'

const ERRAND = { component: 'Other', sipUri: 'sip:ken@a', smtp: 'archcdruser0@vdomain.com' } as const
const AUTODISCOVER = 'https://dc.vdomain.com/autodiscover/badautodiscover.svc'
const EWS = 'https://dc.vdomain.com/EWS/Exchange.asmx'

test('a wrong autodiscover URL is told as the published sample tells it', () => {
  const fault = callFault('no_challenge', 'HTTP 404', 'check', { url: AUTODISCOVER, status: 404 })
  expect(detailOf(ERRAND, { operation: 'GetUserSettings' }, fault, undefined)).toBe(
    'StoreWebException: code=ErrorEwsAutodiscover, reason=GetUserSettings failed, ' +
      'smtpAddress=archcdruser0@vdomain.com, ' +
      'Autodiscover Uri=https://dc.vdomain.com/autodiscover/badautodiscover.svc, ' +
      'Autodiscover WebProxy=<NULL>, WebExceptionStatus=ProtocolError ---> ' +
      'System.Net.WebException: The remote server returned an error: (404) Not Found.',
  )
})

test('a fault that is no fault of the web has no status, and says its code', () => {
  const fault = callFault('partner_disabled_here', 'exchange is disabled at lync', 'enable it')
  const detail = detailOf(ERRAND, { operation: 'GetUserSettings' }, fault, AUTODISCOVER)
  expect(detail).toContain(`Autodiscover Uri=${AUTODISCOVER}, `)
  expect(detail).toMatch(
    /WebExceptionStatus=<NULL> ---> partner_disabled_here: exchange is disabled at lync$/,
  )
})

test.each([
  ['ErrorItemNotFound', 'ErrorItemNotFound'],
  ['UnreadableReply', 'ErrorEwsRequest'],
  ['unknown, reason=x', 'ErrorEwsRequest'],
])('of EWS the code %s is told as %s', (code, told) => {
  const fault = callFault(code, 'it is not there', 'look')
  expect(detailOf(ERRAND, { operation: 'UpdateItem', ewsUrl: EWS }, fault, AUTODISCOVER)).toMatch(
    `StoreWebException: code=${told}, reason=UpdateItem failed, smtpAddress=${ERRAND.smtp}, Ews Uri=${EWS}, Ews WebProxy=<NULL>`,
  )
})

test.each<[Omit<WebFailure, 'url'>, string]>([
  [{ status: 401 }, 'ProtocolError'],
  [{ why: 'getaddrinfo ENOTFOUND nobody.example' }, 'NameResolutionFailure'],
  [{ why: 'self-signed certificate in certificate chain' }, 'TrustFailure'],
  [{ why: "Hostname/IP does not match certificate's altnames" }, 'TrustFailure'],
  [{ why: 'no whole answer within 30 s' }, 'Timeout'],
  [{ why: 'Headers Timeout Error' }, 'Timeout'],
  [{ why: 'other side closed' }, 'ReceiveFailure'],
  [{ why: 'connect ECONNREFUSED 127.0.0.1:8441' }, 'ConnectFailure'],
  [{}, 'ConnectFailure'],
])('%j is %s', (web, name) => {
  expect(webExceptionStatus({ url: EWS, ...web })).toBe(name)
})
