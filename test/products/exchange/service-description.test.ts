import { startExchange } from './harness.ts'

test('the service description is what was put there, file by file', async () => {
  const { get } = startExchange([], {
    serviceDescription: { 'services.wsdl': '<definitions/>', 'types.xsd': '<schema/>' },
  })
  expect(await get('/EWS/services.wsdl')).toEqual({
    status: 200,
    contentType: 'text/xml; charset=utf-8',
    body: '<definitions/>',
  })
  expect(await get('/EWS/types.xsd')).toMatchObject({ status: 200, body: '<schema/>' })
  expect(await get('/EWS/messages.xsd')).toMatchObject({ status: 404 })
})

test.each(['services.wsdl', 'messages.xsd', 'types.xsd'])(
  'without it %s is not found, and a sentence says why',
  async (file) => {
    const { status, contentType, body } = await startExchange().get(`/EWS/${file}`)
    expect([status, contentType]).toEqual([404, 'text/plain; charset=utf-8'])
    expect(body).toBe(
      `${file} is Microsoft's and does not come with this server; put a copy into a folder and name it with --ews-schemas.\n`,
    )
  },
)

test('a browser is shown a page that leads to the service description', async () => {
  const { status, contentType, body } = await startExchange().get('/EWS/Exchange.asmx')
  expect([status, contentType]).toEqual([200, 'text/html; charset=utf-8'])
  expect(body).toContain('<title>ExchangeService Service</title>')
  expect(body).toContain('<a href="https://exchange.litwareinc.com:8441/EWS/Services.wsdl">')
})
