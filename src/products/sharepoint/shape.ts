/** `$select` and `$expand`: which parts of an entity are shown. */
import { done, fault, type Result } from './faults.ts'
import type { Entity } from './odata.ts'
import type { QueryOptions } from './query-options.ts'

/** An entity, and what can be shown along with it. */
export interface Resource {
  readonly entity: Entity
  /** What is too long to be shown along is undefined. */
  readonly links?: Readonly<Record<string, () => Promise<Entity | readonly Entity[] | undefined>>>
  /** Links to people: SharePoint shows only what `$select` names of them. */
  readonly people?: readonly string[]
}

/** The entity with what the options ask for, and nothing else. */
export async function shape(
  { entity, links = {}, people = [] }: Resource,
  { select, expand }: Pick<QueryOptions, 'select' | 'expand'>,
): Promise<Result<Entity>> {
  const isAll = select.length === 0 || select.includes('*')
  const shown = new Set(isAll ? Object.keys(entity.properties) : [])
  const ofLink = new Map<string, string[]>()
  for (const path of select) {
    const [name = '', ...rest] = path.split('/')
    if (rest.length > 0) {
      if (!Object.hasOwn(links, name)) return fault('field_missing', name)
      if (!expand.some((one) => one.split('/')[0] === name)) return fault('expand_missing', name)
      ofLink.set(name, [...(ofLink.get(name) ?? []), rest.join('/')])
    } else if (Object.hasOwn(entity.properties, name)) shown.add(name)
    else if (name !== '*' && !Object.hasOwn(links, name)) return fault('field_missing', name)
  }
  const expanded: Record<string, Entity | readonly Entity[]> = {}
  // `$expand=Author/Id` is `$expand=Author`: what is shown of it stands in $select.
  for (const name of new Set(expand.map((path) => path.split('/')[0] ?? ''))) {
    const read = Object.hasOwn(links, name) ? links[name] : undefined
    if (read === undefined) return fault('field_missing', name)
    const wanted = ofLink.get(name)
    if (wanted === undefined && people.includes(name)) return fault('expand_missing', name)
    const found = await read()
    if (found === undefined) return fault('answer_too_long', name)
    const seen = await shapeAll(found, wanted ?? [])
    if (!seen.ok) return seen
    expanded[name] = seen.value
  }
  const properties = Object.fromEntries(Object.entries(entity.properties).filter(([name]) => shown.has(name)))
  return done({ ...entity, properties, expanded })
}

async function shapeAll(
  found: Entity | readonly Entity[],
  select: readonly string[],
): Promise<Result<Entity | readonly Entity[]>> {
  if (!Array.isArray(found)) return shape({ entity: found as Entity }, { select, expand: [] })
  const entities: Entity[] = []
  for (const entity of found as readonly Entity[]) {
    const shaped = await shape({ entity }, { select, expand: [] })
    if (!shaped.ok) return shaped
    entities.push(shaped.value)
  }
  return done(entities)
}
