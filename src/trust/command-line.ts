/** Commands of this program as text: as a shell takes them, and back. */

/**
 * Words as a shell takes them. A word such as `<file>` stays as it is: it stands for what a person has to fill in, and no name
 * of ours has these brackets.
 */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$|^<[^<>']+>$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

/** The words of a line that `commandLine` wrote. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replace(
      /'([^']*)'|\\(')/g,
      (_, quoted: string | undefined, mark: string | undefined) => quoted ?? mark ?? '',
    ),
  )
}
