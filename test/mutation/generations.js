/**
 * How modules are found in the sandbox. What is mutated and the tests belong to a generation, which stands in their URLs:
 * a new one is loaded afresh. All else, such as the makers of tokens, is loaded once, from the copy that is not mutated.
 */
const MUTATED = ['src/protocol/', 'src/trust/']
let folders

export function initialize(data) {
  folders = data
}

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  const generation = new URL(context.parentURL ?? 'none:').search
  if (generation === '' || !found.url.startsWith(folders.sandbox)) return found
  const path = found.url.slice(folders.sandbox.length)
  const isMutated = MUTATED.some((folder) => path.startsWith(folder))
  return { ...found, url: isMutated ? `${found.url}${generation}` : `${folders.stage}${path}` }
}
