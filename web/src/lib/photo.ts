import type { FileFacts } from '../api/types'
import { locate, placeWanted } from './place'

/** What a photo may weigh before it is made smaller, in bytes, and how many pixels it then has on its longer side. */
export interface Bounds {
  heavy: number
  longest: number
}

/** For a village's connection. */
const DESK: Bounds = { heavy: 4 * 1024 * 1024, longest: 2560 }

/** A lighter copy of a heavy photo; every other file, and one that cannot be read as a picture, stays as it is. */
export async function lighten(file: File, bounds = DESK): Promise<File> {
  if (file.size <= bounds.heavy || !isPhoto(file)) return file
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, bounds.longest / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.85))
    if (!blob || blob.size >= file.size) return file
    return new File([blob], file.name.replace(/\.[^.]*$/, '.jpg'), { type: 'image/jpeg', lastModified: file.lastModified })
  } catch {
    return file
  }
}

const isPhoto = (file: File) => /^image\/(jpeg|png|webp)$/.test(file.type)

/** A file to attach, what is told of it, and what the person should know. */
export interface Piece {
  kind: string
  file: File
  facts: FileFacts
  said?: string
}

/** A photo older than this was taken somewhere else, for all we know. */
const JUST_NOW = 10 * 60 * 1000

/** A chosen file made ready: a photo says when it was taken, where if that is wanted, and what it was before it was made lighter. */
export async function pieceOf(kind: string, original: File, bounds = DESK): Promise<Piece> {
  if (!isPhoto(original)) return { kind, file: original, facts: {} }
  const file = await lighten(original, bounds)
  const facts: FileFacts = { taken_at: new Date(original.lastModified).toISOString() }
  if (file !== original) facts.original = await fingerprint(original)
  if (!placeWanted()) return { kind, file, facts }
  if (Date.now() - original.lastModified > JUST_NOW) return { kind, file, facts, said: '照片不是刚拍的，不记地点' }
  const found = await locate()
  return 'place' in found ? { kind, file, facts: { ...facts, place: found.place } } : { kind, file, facts, said: found.said }
}

/** What proves later that a photo is this one. (Plain HTTP in an office has no hashes.) */
async function fingerprint(file: File): Promise<FileFacts['original']> {
  if (!crypto.subtle) return undefined
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  return { sha256: Array.from(sum, (b) => b.toString(16).padStart(2, '0')).join(''), size: file.size }
}
