/** The version this server gives itself out for: Exchange Server 2016, cumulative update 23. */
export const SERVER_VERSION = {
  MajorVersion: '15',
  MinorVersion: '1',
  MajorBuildNumber: '2507',
  MinorBuildNumber: '6',
  Version: 'V2017_07_11',
} as const
