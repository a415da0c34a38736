/** A mailbox as its owner's mail program sees it, over HTTPS. */

import type { DistinguishedFolder } from '../../src/products/exchange/distinguished-folders.ts'
import * as ews from '../../src/products/exchange/ews-client.ts'
import { findItemRequest, readFoundItems } from '../../src/products/exchange/ews-search-client.ts'
import type { Farm } from './farm.ts'

/** Opens the mailbox of the user that the token acts for. What fails there throws. */
export function openMailbox(farm: Farm, token: string) {
  const ask = async <T>(request: string, read: (xml: string) => ews.Read<T>): Promise<T> => {
    const url = `${farm.servers.exchange.url}/EWS/Exchange.asmx`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' }
    const answer = read((await farm.send('POST', url, headers, request)).body)
    if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`)
    return answer.value
  }
  return {
    async items(folder: string): Promise<ews.ReadItem[]> {
      const request = findItemRequest({ folder: folder as DistinguishedFolder, limit: 100 })
      const { items } = await ask(request, readFoundItems)
      const read: ews.ReadItem[] = []
      for (const { id } of items) read.push(await ask(ews.getItemRequest({ id }), ews.readItem))
      return read
    },
    remove: (id: string) => ask(ews.deleteItemRequest({ id }), ews.readDeleted),
  }
}
