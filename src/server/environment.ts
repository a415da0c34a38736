/** What the environment says: `ENTENTE_DATA`, `ENTENTE_CERTS`, `ENTENTE_LAB`. A flag goes before it, a default after. */
export interface Environment {
  readonly dataDir?: string
  readonly certsDir?: string
  readonly labFile?: string
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const given = (name: string) => (env[name] === '' ? undefined : env[name])
  const [dataDir, certsDir, labFile] = ['ENTENTE_DATA', 'ENTENTE_CERTS', 'ENTENTE_LAB'].map(given)
  return {
    ...(dataDir !== undefined && { dataDir }),
    ...(certsDir !== undefined && { certsDir }),
    ...(labFile !== undefined && { labFile }),
  }
}
