/** The entities of a site as REST shows them: web, lists, fields, users. Items are in items.ts. */
import { ACTIVE_DIRECTORY } from '../../protocol/user-token.ts'
import type { Kit } from '../product.ts'
import { entityNameOf, folderOf, isLibrary, itemTypeOf, propertyNameOf } from './list-templates.ts'
import { FIELD_KINDS, type Field, type List, type SiteUser } from './lists.ts'
import { isoOf } from './literal.ts'
import type { Entity } from './odata.ts'

export function webEntity({ baseUrl, settings }: Kit): Entity {
  return {
    type: 'SP.Web',
    path: 'Web',
    set: 'SP.ApiData.Webs',
    deferred: { CurrentUser: 'Web/CurrentUser', Lists: 'Web/Lists', SiteUsers: 'Web/SiteUsers' },
    properties: {
      Title: settings.siteTitle ?? 'Team Site',
      Url: baseUrl,
      ServerRelativeUrl: '/',
      WebTemplate: 'STS',
      Language: 1033,
      UIVersion: 15,
    },
  }
}

export function userEntity({ id, login, title, email, sid }: SiteUser): Entity {
  return {
    type: 'SP.User',
    path: `Web/GetUserById(${id})`,
    set: 'SP.ApiData.Users',
    properties: {
      Id: id,
      IsHiddenInUI: false,
      LoginName: login,
      Title: title,
      PrincipalType: 1,
      Email: email,
      IsSiteAdmin: false,
      UserId: sid === undefined ? null : { NameId: sid, NameIdIssuer: ACTIVE_DIRECTORY },
    },
  }
}

export function listPath({ id }: List): string {
  return `Web/Lists(guid'${id}')`
}

export function listEtag({ id, version }: List): string {
  return `"${id},${version}"`
}

export function listEntity(list: List): Entity {
  const path = listPath(list)
  return {
    type: 'SP.List',
    path,
    set: 'SP.ApiData.Lists',
    etag: listEtag(list),
    deferred: { Fields: `${path}/Fields`, Items: `${path}/Items` },
    properties: {
      AllowContentTypes: true,
      BaseTemplate: list.baseTemplate,
      BaseType: isLibrary(list) ? 1 : 0,
      ContentTypesEnabled: false,
      Created: isoOf(list.createdAt),
      DefaultViewUrl: `/${folderOf(list)}/${isLibrary(list) ? 'Forms/' : ''}AllItems.aspx`,
      Description: list.description,
      EntityTypeName: entityNameOf(list),
      Hidden: false,
      Id: list.id,
      ItemCount: list.itemCount,
      LastItemDeletedDate: isoOf(list.deletedAt),
      LastItemModifiedDate: isoOf(list.modifiedAt),
      ListItemEntityTypeFullName: itemTypeOf(list),
      ParentWebUrl: '/',
      Title: list.title,
    },
  }
}

interface ShownField extends Field {
  readonly readOnly: boolean
}

// Their ids are the same on every farm.
const EVERY_LIST: readonly ShownField[] = [
  { id: '1d22ea11-1e32-424e-89ab-9fedbadb6ce1', name: 'ID', title: 'ID', kind: 'Counter', readOnly: true },
  {
    id: 'fa564e0f-0c70-4ab9-b863-0177e6ddd247',
    name: 'Title',
    title: 'Title',
    kind: 'Text',
    readOnly: false,
  },
  {
    id: '8c06beca-0777-48f7-91c7-6da68bc07b69',
    name: 'Created',
    title: 'Created',
    kind: 'DateTime',
    readOnly: true,
  },
  {
    id: '28cf69c5-fa48-462a-b5cd-27b6f9d2bd5f',
    name: 'Modified',
    title: 'Modified',
    kind: 'DateTime',
    readOnly: true,
  },
  {
    id: '1df5e554-ec7e-46a6-901d-d85a3881cb18',
    name: 'Author',
    title: 'Created By',
    kind: 'User',
    readOnly: true,
  },
  {
    id: 'd31655d1-1d5b-4511-95a1-7a09e9b75bf2',
    name: 'Editor',
    title: 'Modified By',
    kind: 'User',
    readOnly: true,
  },
  { id: 'ae069f25-3ac2-4256-b9c3-15dbc15da0e0', name: 'GUID', title: 'GUID', kind: 'Guid', readOnly: true },
]

/** All fields of a list: those that every list has, and its own. */
export function fieldsOf(list: List): readonly ShownField[] {
  return [...EVERY_LIST, ...list.fields.map((field) => ({ ...field, readOnly: false }))]
}

export function fieldEntity(list: List, { id, name, title, kind, readOnly }: ShownField): Entity {
  return {
    type: kind === 'User' ? 'SP.FieldUser' : `SP.Field${FIELD_TYPES[kind] ?? ''}`,
    path: `${listPath(list)}/Fields(guid'${id}')`,
    set: 'SP.ApiData.Fields',
    properties: {
      EntityPropertyName: propertyNameOf({ name }),
      FieldTypeKind: FIELD_KINDS[kind],
      Hidden: false,
      Id: id,
      InternalName: name,
      ReadOnlyField: readOnly,
      Required: false,
      StaticName: name,
      Title: title,
      TypeAsString: kind,
    },
  }
}

// The rest are plain SP.Field.
const FIELD_TYPES: Readonly<Record<string, string>> = {
  Text: 'Text',
  Note: 'MultiLineText',
  DateTime: 'DateTime',
  Choice: 'Choice',
  Number: 'Number',
  Guid: 'Guid',
}
