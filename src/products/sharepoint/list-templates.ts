/** What a list can be made from, the lists that a team site starts with, and the names that come from a title. */

import type { EpochSeconds } from '../../protocol/ids.ts'
import { FIELD_KINDS, type Field, type FieldKind, type List, type NewList } from './lists.ts'

interface ListTemplate {
  readonly title: string
  /** 0: a list, 1: a library of documents. */
  readonly baseType: 0 | 1
  /** InternalName → title and kind. */
  readonly fields: Readonly<Record<string, readonly [title: string, kind: FieldKind]>>
}

const TASK_FIELDS = {
  Body: ['Description', 'Note'],
  StartDate: ['Start Date', 'DateTime'],
  DueDate: ['Due Date', 'DateTime'],
  Priority: ['Priority', 'Choice'],
  Status: ['Task Status', 'Choice'],
  PercentComplete: ['% Complete', 'Number'],
} as const

/** By `BaseTemplate` (ListTemplateType in the client object model). */
export const LIST_TEMPLATES: ReadonlyMap<number, ListTemplate> = new Map<number, ListTemplate>([
  [100, { title: 'Custom List', baseType: 0, fields: {} }],
  [101, { title: 'Document Library', baseType: 1, fields: {} }],
  [
    104,
    {
      title: 'Announcements',
      baseType: 0,
      fields: { Body: ['Body', 'Note'], Expires: ['Expires', 'DateTime'] },
    },
  ],
  [
    105,
    {
      title: 'Contacts',
      baseType: 0,
      fields: {
        FirstName: ['First Name', 'Text'],
        FullName: ['Full Name', 'Text'],
        Email: ['Email Address', 'Text'],
        Company: ['Company', 'Text'],
        JobTitle: ['Job Title', 'Text'],
        WorkPhone: ['Business Phone', 'Text'],
      },
    },
  ],
  [
    106,
    {
      title: 'Calendar',
      baseType: 0,
      fields: {
        Location: ['Location', 'Text'],
        EventDate: ['Start Time', 'DateTime'],
        EndDate: ['End Time', 'DateTime'],
        Description: ['Description', 'Note'],
        fAllDayEvent: ['All Day Event', 'Boolean'],
        Category: ['Category', 'Choice'],
      },
    },
  ],
  [107, { title: 'Tasks', baseType: 0, fields: TASK_FIELDS }],
  [119, { title: 'Wiki Page Library', baseType: 1, fields: {} }],
  [171, { title: 'Tasks (with timeline)', baseType: 0, fields: TASK_FIELDS }],
])

export function isLibrary({ baseTemplate }: Pick<List, 'baseTemplate'>): boolean {
  return LIST_TEMPLATES.get(baseTemplate)?.baseType === 1
}

/** A list of this template. Its name in URLs is its title, with `suffix` where that is taken. */
export function newList(
  list: Pick<NewList, 'title' | 'description' | 'baseTemplate'> & { readonly urlName?: string },
  now: EpochSeconds,
  newId: () => string,
): NewList {
  const template = LIST_TEMPLATES.get(list.baseTemplate)
  return {
    urlName: urlNameOf(list.title),
    ...list,
    id: newId(),
    createdAt: now,
    fields: Object.entries(template?.fields ?? {}).map(([name, [title, kind]]) => ({
      id: newId(),
      name,
      title,
      kind,
    })),
  }
}

/** Those of a new team site. */
export const DEFAULT_LISTS = [
  { title: 'Documents', urlName: 'Shared Documents', baseTemplate: 101, description: '' },
  { title: 'Form Templates', urlName: 'FormServerTemplates', baseTemplate: 101, description: '' },
  { title: 'Site Assets', urlName: 'SiteAssets', baseTemplate: 101, description: '' },
  { title: 'Site Pages', urlName: 'SitePages', baseTemplate: 119, description: '' },
  { title: 'Style Library', urlName: 'Style Library', baseTemplate: 101, description: '' },
] as const

// What may not stand in the name of a folder.
function urlNameOf(title: string): string {
  return title.replaceAll(/["#%&*:<>?/\\{|}~\t\r\n.]/g, '').trim() || 'List'
}

/** `Lists/Tasks`, `Shared Documents`: the folder of a list below its site. */
export function folderOf(list: List): string {
  return isLibrary(list) ? list.urlName : `Lists/${list.urlName}`
}

/** `TasksList`, `Shared_x0020_Documents`: the name of a list in the entity model. */
export function entityNameOf(list: List): string {
  const name = encodedName(list.urlName)
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${isLibrary(list) ? '' : 'List'}`
}

/** `SP.Data.TasksListItem` */
export function itemTypeOf(list: List): string {
  return `SP.Data.${entityNameOf(list)}Item`
}

// What is no letter or digit of ASCII becomes its number: `_x0020_`.
function encodedName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]/g, (unit) => `_x${unit.charCodeAt(0).toString(16).padStart(4, '0')}_`)
}

const LONGEST_FIELD_NAME = 32

/** The InternalName of a field with this title. */
export function fieldNameOf(title: string): string {
  const name = encodedName(title).replace(
    /^(\d)/,
    (digit) => `_x${digit.charCodeAt(0).toString(16).padStart(4, '0')}_`,
  )
  return name.slice(0, LONGEST_FIELD_NAME)
}

/** The name of a field's property in an item: an underscore may not come first there. */
export function propertyNameOf({ name }: Pick<Field, 'name'>): string {
  return name.startsWith('_') ? `OData_${name}` : name
}

/** Kinds that a caller may add, with their numbers. */
export const ADDABLE_KINDS: readonly FieldKind[] = ['Text', 'Note', 'DateTime', 'Choice', 'Boolean', 'Number']

export function kindNumbered(number: unknown): FieldKind | undefined {
  return ADDABLE_KINDS.find((kind) => FIELD_KINDS[kind] === number)
}
