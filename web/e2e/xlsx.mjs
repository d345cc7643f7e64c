// Workbooks as a story needs them: one of rows, the texts of one, one with a text exchanged. Node alone does it.
import { crc32, inflateRawSync } from 'node:zlib'

const text = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** A workbook with one sheet of these rows of texts. */
export function workbookOf(rows) {
  const cells = rows.map((row, i) => `<row r="${i + 1}">${row.map((v, j) => `<c r="${String.fromCharCode(65 + j)}${i + 1}" t="inlineStr"><is><t>${text(String(v))}</t></is></c>`).join('')}</row>`)
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const rels = 'http://schemas.openxmlformats.org/package/2006/relationships'
  const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  return zipped({
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="${rels}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${rels}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${cells.join('')}</sheetData></worksheet>`,
  })
}

/** All parts of a workbook that are XML, one after the other. */
export const textsOf = (file) => Object.values(parts(file)).join('\n')

/** The workbook with a text exchanged wherever it stands. */
export const exchanged = (file, from, to) => zipped(Object.fromEntries(Object.entries(parts(file)).map(([name, xml]) => [name, xml.replaceAll(from, to)])))

function parts(file) {
  const out = {}
  let at = file.readUInt32LE(file.lastIndexOf('PK\x05\x06') + 16)
  while (file.readUInt32LE(at) === 0x02014b50) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)]
    const [name, extra, note] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)]
    const local = file.readUInt32LE(at + 42)
    const begin = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28)
    const raw = file.subarray(begin, begin + size)
    out[file.toString('utf8', at + 46, at + 46 + name)] = (method === 0 ? raw : inflateRawSync(raw)).toString('utf8')
    at += 46 + name + extra + note
  }
  return out
}

function zipped(files) {
  const [bodies, entries] = [[], []]
  let at = 0
  for (const [path, content] of Object.entries(files)) {
    const [name, body] = [Buffer.from(path), Buffer.from(content)]
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0) // version, flags 0, stored
    head.writeUInt32LE(0x00210000, 6) // the first day of 1980
    head.writeUInt32LE(crc32(body), 10)
    head.writeUInt32LE(body.length, 14)
    head.writeUInt32LE(body.length, 18)
    head.writeUInt16LE(name.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    bodies.push(Buffer.from('PK\x03\x04'), head, name, body)
    entries.push(Buffer.from('PK\x01\x02\x14\x00'), head, rest, name)
    at += 30 + name.length + body.length
  }
  const index = Buffer.concat(entries)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(Object.keys(files).length, 4)
  end.writeUInt16LE(Object.keys(files).length, 6)
  end.writeUInt32LE(index.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...bodies, index, Buffer.from('PK\x05\x06'), end])
}
