/**
 * For `--import`: a server of this process lets everybody in, as Ken of the first partner that is registered. Authorization is
 * switched off by putting another module in the place of the one that admits callers; all else is the program as it is.
 */
import { register } from 'node:module'

const hooks = `
const WITHOUT = ${JSON.stringify(new URL('./bearer-off.js', import.meta.url).href)}
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  const isAsked = found.url.endsWith('/dist/http/bearer.js') && context.parentURL !== WITHOUT
  return isAsked ? { ...found, url: WITHOUT } : found
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
