/** Places on a map without tiles: longitude and latitude on a plane, and those that lie too close together as one. */
export type Place = [longitude: number, latitude: number]

/** The width of a drawing, whose letters keep their size, and how high it may be. */
export const sizeOf = (phone: boolean): [width: number, highest: number] => (phone ? [340, 1.2] : [1000, 0.55])

export interface Plane {
  width: number
  height: number
  at: (place: Place) => [x: number, y: number]
}

interface Box {
  west: number
  south: number
  east: number
  north: number
}

/** The box around places, with some room about them; a single place has room too. */
export function boxAround(places: Place[]): Box | undefined {
  if (places.length === 0) return undefined
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const [lon, lat] of places) {
    box.west = Math.min(box.west, lon)
    box.east = Math.max(box.east, lon)
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
  }
  const room = Math.max(0.002, (box.east - box.west) * 0.04, (box.north - box.south) * 0.04)
  return { west: box.west - room, south: box.south - room, east: box.east + room, north: box.north + room }
}

/** A plane of that width for a box, no higher than so many widths; a degree of longitude is as much shorter as it is in the middle. */
export function planeOf(box: Box, width: number, highest = 1.4): Plane {
  const narrow = Math.cos((((box.south + box.north) / 2) * Math.PI) / 180)
  const scale = width / ((box.east - box.west) * narrow)
  const height = Math.min(width * highest, Math.max(width * 0.4, (box.north - box.south) * scale))
  const fit = Math.min(scale, height / (box.north - box.south))
  const [left, up] = [(width - (box.east - box.west) * narrow * fit) / 2, (height - (box.north - box.south) * fit) / 2]
  return { width, height, at: ([lon, lat]) => [left + (lon - box.west) * narrow * fit, up + (box.north - lat) * fit] }
}

/** The part of a box that is seen when it is looked at so many times closer, about a place. */
export function closer(box: Box, zoom: number, [lon, lat]: Place): Box {
  const [w, h] = [(box.east - box.west) / zoom, (box.north - box.south) / zoom]
  const west = Math.min(Math.max(lon - w / 2, box.west), box.east - w)
  const south = Math.min(Math.max(lat - h / 2, box.south), box.north - h)
  return { west, south, east: west + w, north: south + h }
}

/** The place nearest to the middle of several: where to look closer, for there is somebody. */
export function heartOf(places: Place[]): Place | undefined {
  const sum = places.reduce<Place>(([lon, lat], p) => [lon + p[0], lat + p[1]], [0, 0])
  const far = (p: Place) => (p[0] - sum[0] / places.length) ** 2 + (p[1] - sum[1] / places.length) ** 2
  return places.reduce<Place | undefined>((best, p) => (best && far(best) <= far(p) ? best : p), undefined)
}

export interface Cluster<T> {
  x: number
  y: number
  items: T[]
}

/** Items within a cell of that many pixels are one cluster, at the middle of what it holds. Those off the plane are left out. */
export function clusters<T>(items: T[], place: (item: T) => Place, plane: Plane, cell: number): Cluster<T>[] {
  const cells = new Map<string, Cluster<T>>()
  for (const item of items) {
    const [x, y] = plane.at(place(item))
    if (x < 0 || y < 0 || x > plane.width || y > plane.height) continue
    const key = `${Math.floor(x / cell)},${Math.floor(y / cell)}`
    const c = cells.get(key) ?? { x: 0, y: 0, items: [] }
    c.x = (c.x * c.items.length + x) / (c.items.length + 1)
    c.y = (c.y * c.items.length + y) / (c.items.length + 1)
    c.items.push(item)
    cells.set(key, c)
  }
  return [...cells.values()]
}
