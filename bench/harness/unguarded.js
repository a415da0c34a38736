/**
 * For `--import`: a server of this process lets everybody in, as Ken of the first partner that is registered. Authorization is
 * switched off by putting another function in the place of the one that admits callers; all else is the program as it is.
 */
import { register } from 'node:module'

const hooks = `
const WITHOUT = ${JSON.stringify(new URL('./bearer-off.js', import.meta.url).href)}
const ADMITS = /^(async )?function admitRequest\\(/m
export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.includes('/dist/bundle/')) return loaded
  const source = String(loaded.source)
  if (!ADMITS.test(source)) return loaded
  const without = source.replace(ADMITS, '$1function admitRequestAsItIs(')
  return { ...loaded, source: 'import { admitRequest } from ' + JSON.stringify(WITHOUT) + '\\n' + without }
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
