import ts from 'typescript'

// Which words of the source a person sees: Chinese string literals, template literals and texts between tags. The plugin
// that makes them translatable and the check of the dictionary both ask here.

/** A call of this function in the source keeps its words Chinese in every language: what goes into records and papers. */
export const KEPT = 'asWritten'

/** Chinese characters and Chinese signs, such as the comma of a list. */
const chinese = /[\u3001-\u303f\u3400-\u9fff\uff01-\uff5e]/

/** Words of the source: the key in the dictionary, and the text from start to end that stands for it. */
export interface Words {
  key: string
  start: number
  end: number
  /** How it stands there: a literal, the value of an attribute, a text between tags, or the parts of a template. */
  as: 'literal' | 'attribute' | 'text' | 'template'
  /** The places {0}, {1} … of a template, from start to end. */
  places: { start: number; end: number }[]
}

/** The words of one source file, outer ones before what stands in their places. */
export function wordsOf(source: string, file: string): Words[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS)
  const found: Words[] = []
  const add = (node: ts.Node, key: string, as: Words['as'], start = node.getStart(tree), places: Words['places'] = []) => {
    if (chinese.test(key)) found.push({ key, as, start, end: node.getEnd(), places })
  }
  const look = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || keeps(node) || compared(node)) return
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) add(node, node.text, ts.isJsxAttribute(node.parent) ? 'attribute' : 'literal')
    else if (ts.isJsxText(node)) add(node, betweenTags(node.text), 'text', node.getFullStart())
    else if (ts.isTemplateExpression(node)) {
      const spans = node.templateSpans
      const places = spans.map((s) => ({ start: s.expression.getFullStart(), end: s.literal.getStart(tree) }))
      add(node, node.head.text + spans.map((s, i) => `{${i}}${s.literal.text}`).join(''), 'template', node.getStart(tree), places)
    }
    ts.forEachChild(node, look)
  }
  look(tree)
  return found
}

const keeps = (node: ts.Node) => ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === KEPT

/** What is compared is not shown: it is what the server says, or a word of this source on both sides. */
function compared(node: ts.Node): boolean {
  if (!ts.isStringLiteral(node)) return false
  if (ts.isCaseClause(node.parent)) return true
  const signs = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]
  return ts.isBinaryExpression(node.parent) && signs.includes(node.parent.operatorToken.kind)
}

/** A text between tags as the compiler takes it: lines trimmed, joined by one space, empty ones left out. */
function betweenTags(text: string): string {
  const lines = text.split(/\r?\n/).map((line, i, all) => {
    let out = line.replace(/\t/g, ' ')
    if (i > 0) out = out.replace(/^ +/, '')
    if (i < all.length - 1) out = out.replace(/ +$/, '')
    return out
  })
  return lines.filter((line) => line !== '').join(' ')
}

/** The source with its words asked from the dictionary at run time; lines keep their numbers. Undefined without words. */
export function translatable(source: string, file: string): string | undefined {
  const edits = wordsOf(source, file).flatMap((w) => editsOf(source, w))
  if (edits.length === 0) return undefined
  edits.sort((a, b) => a.start - b.start)
  let out = `import { tr as $tr } from ${JSON.stringify(TR)};`
  let at = 0
  for (const e of edits) {
    out += source.slice(at, e.start) + e.text
    at = e.end
  }
  return out + source.slice(at)
}

/** Where the words are asked for; the plugin knows the file. */
export const TR = 'virtual:tr'

interface Edit {
  start: number
  end: number
  text: string
}

function editsOf(source: string, w: Words): Edit[] {
  const key = JSON.stringify(w.key)
  const lines = '\n'.repeat(source.slice(w.start, w.end).split('\n').length - 1)
  switch (w.as) {
    case 'literal':
      return [{ start: w.start, end: w.end, text: `$tr(${key})${lines}` }]
    case 'attribute':
    case 'text':
      return [{ start: w.start, end: w.end, text: `{$tr(${key})}${lines}` }]
    case 'template': {
      const ends = [...w.places.map((p) => p.start), w.end]
      return ends.map((end, i) => {
        const start = i === 0 ? w.start : w.places[i - 1]!.end
        const between = '\n'.repeat(source.slice(start, end).split('\n').length - 1)
        return { start, end, text: (i === 0 ? `$tr(${key}, ` : i === w.places.length ? ')' : ', ') + between }
      })
    }
  }
}
