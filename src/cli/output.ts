/** How the command line shows things: tables, lists of members, JSON. */
import type { Command } from 'commander'

// Control and format characters, line ends of Unicode, halves of surrogate pairs: what moves a cursor, turns text around or
// cannot be seen.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

// As JSON and JavaScript spell them, so that JSON stays what it was.
function escaped(unseen: string): string {
  return Array.from({ length: unseen.length }, (_, i) => unseen.charCodeAt(i).toString(16).padStart(4, '0'))
    .map((hex) => `\\u${hex}`)
    .join('')
}

/**
 * Text that may go to a terminal: nothing in it but line ends has any effect there. Everything printed passes here, for
 * names, paths and claims are written by strangers.
 */
export function printable(text: string): string {
  return text.replace(UNSEEN, (one) => (one === '\n' ? one : escaped(one)))
}

/** The same for what is to stay in its line. */
export function inOneLine(text: string): string {
  return text.replace(UNSEEN, escaped)
}

export interface Terminal {
  out(line: string): void
  err(line: string): void
}

/** Columns padded to their widest cell, two blanks apart. */
export function formatTable(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(inOneLine))
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
        `${name.padEnd(width)} : ${inOneLine(typeof member === 'string' ? member : JSON.stringify(member))}`,
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
