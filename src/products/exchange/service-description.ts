/** What a browser and a code generator see of Exchange Web Services: a page, and the service description with its schemas. */
import type { Kit, ProductReply } from '../product.ts'
import { el, type Markup } from '../xml.ts'
import { ewsUrl } from './autodiscover-settings.ts'

/** The files of the description. They are Microsoft's: whoever has them says where they are (`ewsSchemas`). */
export const SERVICE_DESCRIPTION = ['services.wsdl', 'messages.xsd', 'types.xsd'] as const
export type DescriptionFile = (typeof SERVICE_DESCRIPTION)[number]

/** One of the files as it was put there, or a sentence saying that it was not. */
export function descriptionReply(file: DescriptionFile, { settings }: Kit): ProductReply {
  const body = settings.serviceDescription?.[file]
  if (body !== undefined) return { status: 200, contentType: 'text/xml; charset=utf-8', body }
  const why = `${file} is Microsoft's and does not come with this server; put a copy into a folder and name it with --ews-schemas.`
  return { status: 404, contentType: 'text/plain; charset=utf-8', body: `${why}\n`, diagnosis: why }
}

/** What a browser is shown at the address of the service: that it is one, and where its description is. */
export function serviceHelpPage(kit: Kit): ProductReply {
  const wsdl = `${kit.baseUrl}/EWS/Services.wsdl`
  const page = el(
    'html',
    { lang: 'en' },
    el('head', {}, el('title', {}, 'ExchangeService Service')),
    el(
      'body',
      {},
      el('h1', {}, 'ExchangeService Service'),
      el(
        'p',
        {},
        `This is a web service. Requests go to ${ewsUrl(kit)} with POST, as SOAP 1.1. A client can be made of its `,
        link(wsdl),
        ':',
      ),
      el('pre', {}, `svcutil.exe ${wsdl}`),
    ),
  )
  return { status: 200, contentType: 'text/html; charset=utf-8', body: `<!DOCTYPE html>${page.markup}` }
}

function link(url: string): Markup {
  return el('a', { href: url }, 'service description')
}
