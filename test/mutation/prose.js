/** Text for people is not mutated: the titles of refusals, which a test holds to be sentences, and all different. */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

const shouldIgnore = (path) =>
  path.isObjectProperty() && path.node.key.name === 'title' && path.get('value').isStringLiteral()
    ? 'the title of a refusal: text for people'
    : undefined

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', { shouldIgnore })]
