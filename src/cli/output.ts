/** How the command line shows things: tables, lists of members, JSON. */

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
  const width = Math.max(...Object.keys(value).map((name) => name.length))
  return Object.entries(value)
    .map(
      ([name, member]) =>
        `${name.padEnd(width)} : ${typeof member === 'string' ? member : JSON.stringify(member)}`,
    )
    .join('\n')
}

export function formatMilliseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`
}
