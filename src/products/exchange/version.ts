/** The version this server gives itself out for, and those a request may ask for. */

/** Exchange Server 2016, cumulative update 23. */
export const SERVER_VERSION = {
  MajorVersion: '15',
  MinorVersion: '1',
  MajorBuildNumber: '2507',
  MinorBuildNumber: '6',
  Version: 'V2017_07_11',
} as const

/** The build as settings and mail headers write it. */
export const SERVER_BUILD = '15.01.2507.006'

/**
 * What `RequestServerVersion` may say: the versions of the published schema, and the later ones that clients ask for
 * (facts/clients.md 2.2). Nothing is hidden from an older one: clients pass over elements that they do not know.
 */
export const REQUEST_VERSIONS: ReadonlySet<string> = new Set([
  'Exchange2007',
  'Exchange2007_SP1',
  'Exchange2009',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2012',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
  'Exchange2016',
  'V2015_10_05',
  'V2016_01_06',
  'V2016_04_13',
  'V2016_07_13',
  'V2016_10_10',
  'V2017_01_07',
  'V2017_04_14',
  'V2017_07_11',
  'V2017_10_09',
  'V2018_01_08',
])

/** What `EwsSupportedSchemas` says in Autodiscover. */
export const SUPPORTED_SCHEMAS = [
  'Exchange2007',
  'Exchange2007_SP1',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
].join(', ')
