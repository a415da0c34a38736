/** Bodies of the other type: HTML as text, and text as HTML. */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  euro: '€',
  copy: '©',
  reg: '®',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
}

// Elements whose content is not shown.
const UNSEEN = ['head', 'style', 'script', 'title']
// Elements that stand on lines of their own.
const LINES = new Set(
  'p div br tr table ul ol li h1 h2 h3 h4 h5 h6 blockquote pre hr section article header footer'.split(' '),
)

/**
 * The text of an HTML body: without its tags, comments and unseen elements, with line ends where elements stand on lines of
 * their own. What is no HTML comes out as the text it is.
 */
export function textOfHtml(html: string): string {
  const parts: string[] = []
  let place = 0
  while (place < html.length) {
    const tag = html.indexOf('<', place)
    const end = tag === -1 ? html.length : tag
    parts.push(decodeEntities(html.slice(place, end).replace(/[\t\n\r ]+/g, ' ')))
    if (tag === -1) break
    place = afterTag(html, tag, parts)
  }
  return parts
    .join('')
    .replace(/ *\n */g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .replaceAll('\n', '\r\n')
}

// Where reading goes on after the tag at this place.
function afterTag(html: string, tag: number, parts: string[]): number {
  if (html.startsWith('<!--', tag)) return after(html, '-->', tag)
  const [, closing, written = ''] = /^<(\/?)([A-Za-z][A-Za-z0-9]{0,20})/.exec(html.slice(tag, tag + 24)) ?? []
  if (written === '' && !html.startsWith('<!', tag) && !html.startsWith('<?', tag)) {
    parts.push('<')
    return tag + 1
  }
  const name = written.toLowerCase()
  if (LINES.has(name) && !(closing === '/' && name === 'br')) parts.push('\n')
  if (closing === '' && UNSEEN.includes(name)) {
    const close = indexOfClosing(html, name, tag)
    return close === -1 ? html.length : after(html, '>', close)
  }
  return after(html, '>', tag)
}

function indexOfClosing(html: string, name: string, from: number): number {
  for (let place = html.indexOf('</', from); place !== -1; place = html.indexOf('</', place + 2)) {
    if (html.slice(place + 2, place + 2 + name.length).toLowerCase() === name) return place
  }
  return -1
}

function after(html: string, mark: string, from: number): number {
  const place = html.indexOf(mark, from)
  return place === -1 ? html.length : place + mark.length
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g,
    (all, ten, sixteen, name) => {
      if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? all) : all
      const point = ten === undefined ? Number.parseInt(sixteen, 16) : Number(ten)
      return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
        ? String.fromCodePoint(point)
        : '\uFFFD'
    },
  )
}

/** A text body as HTML: escaped, its lines kept. */
export function htmlOfText(text: string): string {
  return `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>${division(text)}</body></html>`
}

function division(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<div>${escaped.split(/\r\n|\r|\n/).join('<br>\r\n')}</div>`
}

/** An HTML body with more of either type at its end, before the end of its document if it says where that is. */
export function htmlAppended(html: string, more: string, type: 'HTML' | 'Text'): string {
  const end = html.toLowerCase().lastIndexOf('</body')
  const place = end === -1 ? html.length : end
  return `${html.slice(0, place)}${type === 'HTML' ? more : division(more)}${html.slice(place)}`
}
