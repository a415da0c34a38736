/** How the command line shows things: tables, lists of members, JSON. */
import type { Command } from 'commander'

export interface Terminal {
  out(line: string): void
  err(line: string): void
}

/** Columns padded to their widest cell, two blanks apart. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `name : value`, a line each; arrays and objects as JSON. */
export function formatMembers(value: Readonly<Record<string, unknown>>): string {
  const width = Math.max(0, ...Object.keys(value).map((name) => name.length))
  return Object.entries(value)
    .map(
      ([name, member]) =>
        `${name.padEnd(width)} : ${typeof member === 'string' ? member : JSON.stringify(member)}`,
    )
    .join('\n')
}

/** How somebody wants to see things. */
export interface FormatOptions {
  readonly json?: boolean
  /** Each as a list of its members, as Format-List does. */
  readonly list?: boolean
  /** The members to show, separated by commas; case does not count. */
  readonly select?: string
}

/** Adds the options above. */
export function withFormat(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--list', 'print each as a list of its members')
    .option('--select <members>', 'print these members only, separated by commas')
}

type Item = Readonly<Record<string, unknown>>

/** Prints records as a table of these columns, as lists of all their members, or as JSON; a selection narrows each. */
export function showItems(
  terminal: Terminal,
  items: readonly Item[],
  columns: readonly string[],
  { json, list, select }: FormatOptions,
): void {
  const wanted = select?.split(',').map((name) => name.trim())
  const selected = wanted === undefined ? items : items.map((item) => narrowed(item, wanted))
  if (json) terminal.out(JSON.stringify({ items: selected }, undefined, 2))
  else if (list) terminal.out(selected.map(formatMembers).join('\n\n'))
  else terminal.out(formatTable(wanted ?? columns, rowsOf(wanted ?? columns, selected)))
}

/** Prints one record as its members, or as JSON. */
export function showItem(terminal: Terminal, item: Item, { json, select }: FormatOptions): void {
  const wanted = select?.split(',').map((name) => name.trim())
  const selected = wanted === undefined ? item : narrowed(item, wanted)
  terminal.out(json ? JSON.stringify(selected, undefined, 2) : formatMembers(selected))
}

function narrowed(item: Item, wanted: readonly string[]): Item {
  const names = new Set(wanted.map((name) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name.toLowerCase())))
}

function rowsOf(columns: readonly string[], items: readonly Item[]): string[][] {
  return items.map((item) => {
    const byName = new Map(Object.entries(item).map(([name, value]) => [name.toLowerCase(), value]))
    return columns.map((column) => cellOf(byName.get(column.toLowerCase())))
  })
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(cellOf).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function formatMilliseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`
}
