/** How the command line shows things: tables, lists of members, JSON. */
import type { Command } from 'commander'
import { matches } from '../products/wildcard.ts'

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

/** `1 error`, `2 errors`: for words that take an s. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
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
  /** The members to show, separated by commas; case does not count, and `*` stands for anything. */
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

/** Whether somebody asked for a shape of his own, instead of the one that a command has. */
export function isShaped({ json, list, select }: FormatOptions): boolean {
  return json === true || list === true || select !== undefined
}

/** Prints a list as a server answered it, in the shape that was asked for; JSON has what stands beside its items, too. */
export function showAnswer(
  terminal: Terminal,
  answer: { readonly items: readonly object[] },
  options: FormatOptions,
): void {
  const items = answer.items.map((view): Item => ({ ...view }))
  if (options.json) terminal.out(JSON.stringify({ ...answer, items: selected(items, options) }, undefined, 2))
  else showItems(terminal, items, [], options)
}

/** Prints what `formatItems` says. */
export function showItems(
  terminal: Terminal,
  items: readonly Item[],
  columns: readonly string[],
  options: FormatOptions,
): void {
  terminal.out(formatItems(items, columns, options))
}

/** Records as a table of these columns, as lists of all their members, or as JSON; a selection narrows each. */
export function formatItems(
  items: readonly Item[],
  columns: readonly string[],
  options: FormatOptions,
): string {
  const shown = selected(items, options)
  if (options.json) return JSON.stringify({ items: shown }, undefined, 2)
  if (options.list) return shown.map(formatMembers).join('\n\n')
  const heads = wantedOf(items, options) ?? columns
  return formatTable(heads, rowsOf(heads, shown))
}

// Patterns as the names that fit them; a name that nothing has is a column all the same.
function wantedOf(items: readonly Item[], { select }: FormatOptions): string[] | undefined {
  const names = new Set(items.flatMap((item) => Object.keys(item)))
  return select
    ?.split(',')
    .map((name) => name.trim())
    .flatMap((name) => (name.includes('*') ? [...names].filter((one) => matches(name, one)) : [name]))
}

function selected(items: readonly Item[], options: FormatOptions): readonly Item[] {
  const wanted = wantedOf(items, options)
  return wanted === undefined ? items : items.map((item) => narrowed(item, wanted))
}

/** Prints one record as its members, or as JSON. */
export function showItem(terminal: Terminal, item: Item, options: FormatOptions): void {
  const [shown = item] = selected([item], options)
  terminal.out(options.json ? JSON.stringify(shown, undefined, 2) : formatMembers(shown))
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
