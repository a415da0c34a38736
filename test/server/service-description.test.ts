/** Where the service description of Exchange comes from, and who is told of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { placeFlags, placesOf } from '../../src/cli/places.ts'
import { readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import { readServiceDescription } from '../../src/server/service-description.ts'

const folder = mkdtempSync(join(tmpdir(), 'entente-schemas-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the files are found by name in any case, and others left alone', () => {
  writeFileSync(join(folder, 'notes.txt'), 'x')
  expect(() => readServiceDescription(folder)).toThrow(
    `ewsSchemas: expected services.wsdl, messages.xsd, types.xsd in ${folder}, saw none of them`,
  )
  writeFileSync(join(folder, 'Services.wsdl'), '<w/>')
  writeFileSync(join(folder, 'types.xsd'), '<x/>')
  expect(readServiceDescription(folder)).toEqual({ 'services.wsdl': '<w/>', 'types.xsd': '<x/>' })
})

test('a folder that is not there is said by name', () => {
  const missing = join(folder, 'none')
  expect(() => readServiceDescription(missing)).toThrow(
    `ewsSchemas: the folder ${missing} cannot be read: ENOENT`,
  )
})

test('a flag or the environment names it for the Exchange servers of a lab, and for their processes', () => {
  const before = process.env['ENTENTE_EWS_SCHEMAS']
  try {
    process.env['ENTENTE_EWS_SCHEMAS'] = 'from-environment'
    expect(placesOf({}).ewsSchemas).toBe(resolve('from-environment'))
    const places = placesOf({ ewsSchemas: 'from-flag' })
    expect(places.ewsSchemas).toBe(resolve('from-flag'))
    expect(placeFlags(places).slice(-2)).toEqual(['--ews-schemas', resolve('from-flag')])
    const lab = readLabFile({ ...places, labFile: 'metadata/lab.json' })
    expect(serverConfigOf(lab, 'exchange', places).ewsSchemas).toBe(resolve('from-flag'))
    expect(serverConfigOf(lab, 'lync', places)).not.toHaveProperty('ewsSchemas')
  } finally {
    if (before === undefined) delete process.env['ENTENTE_EWS_SCHEMAS']
    else process.env['ENTENTE_EWS_SCHEMAS'] = before
  }
})

test('what the lab file says of a server counts where nothing else is said', () => {
  const { ewsSchemas: _, ...places } = placesOf({})
  const lab = readLabFile({ ...places, labFile: 'metadata/lab.json' })
  const servers = lab.servers.map((server) => ({ ...server, ewsSchemas: folder }))
  const said = { ...lab, servers }
  expect(serverConfigOf(said, 'exchange', places).ewsSchemas).toBe(folder)
  expect(serverConfigOf(said, 'exchange', { ...places, ewsSchemas: 'x' }).ewsSchemas).toBe('x')
  expect(serverConfigOf(said, 'sharepoint', places)).not.toHaveProperty('ewsSchemas')
})
