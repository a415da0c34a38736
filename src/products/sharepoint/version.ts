/** The build that this SharePoint says it is: SharePoint Server 2013 with Service Pack 1, which brought the JSON dialects. */
export const BUILD = '15.0.4569.1000'
