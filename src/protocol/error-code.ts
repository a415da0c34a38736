/** Telling Node's own errors apart: by their code, since a class may come from another realm of the engine. */

/** The `code` of an error that Node or OpenSSL threw (`ENOENT`, `ECONNREFUSED`); undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
