/** Something in the set-up is wrong and a person has to change it: one clear line, exit code 2. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}
