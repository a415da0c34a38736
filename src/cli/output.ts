/** How the command line shows things: tables, lists of members, JSON. */

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
  const width = Math.max(...Object.keys(value).map((name) => name.length))
  return Object.entries(value)
    .map(
      ([name, member]) =>
        `${name.padEnd(width)} : ${inOneLine(typeof member === 'string' ? member : JSON.stringify(member))}`,
    )
    .join('\n')
}

export function formatMilliseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`
}
