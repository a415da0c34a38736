/** What the environment says in variables that begin with `ENTENTE_`. A flag goes before it, a default after. */
export interface Environment {
  readonly dataDir?: string
  readonly certsDir?: string
  readonly labFile?: string
  readonly adminTokenFile?: string
  readonly ewsSchemas?: string
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const given = (name: string) => (env[name] === '' ? undefined : env[name])
  const [dataDir, certsDir, labFile] = ['ENTENTE_DATA', 'ENTENTE_CERTS', 'ENTENTE_LAB'].map(given)
  const adminTokenFile = given('ENTENTE_ADMIN_TOKEN_FILE')
  const ewsSchemas = given('ENTENTE_EWS_SCHEMAS')
  return {
    ...(dataDir !== undefined && { dataDir }),
    ...(certsDir !== undefined && { certsDir }),
    ...(labFile !== undefined && { labFile }),
    ...(adminTokenFile !== undefined && { adminTokenFile }),
    ...(ewsSchemas !== undefined && { ewsSchemas }),
  }
}
