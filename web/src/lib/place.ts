import type { FilePlace } from '../api/types'

// Where a photo was taken is noted only where the person at the device has said so; the browser asks him besides.

const KEY = 'shouwang.place'

/** Whether photos taken on this device note their place. */
export function placeWanted(): boolean {
  try {
    return localStorage.getItem(KEY) === 'yes'
  } catch {
    return false
  }
}

export function wantPlace(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(KEY, 'yes')
    else localStorage.removeItem(KEY)
  } catch {
    // not kept: asked again next time
  }
}

/** How long the device may look for its place, and how old a place may be, milliseconds. */
const PATIENCE = 10_000
const FRESH = 60_000

const reasons = ['设备不能定位', '没有得到定位许可', '定位暂时取不到', '定位超时']

/** What is said when a photo goes without its place: it goes all the same. */
const without = (reason: string) => `${reason}，照片照常保存，不记地点`

export type Located = { place: FilePlace } | { said: string }

/** Where this device is just now, or why that is not known. */
export function locate(): Promise<Located> {
  if (typeof navigator === 'undefined' || !navigator.geolocation) return Promise.resolve({ said: without(reasons[0]!) })
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done(placed(coords.longitude, coords.latitude, coords.accuracy)),
      (err) => done({ said: without(reasons[err.code] ?? reasons[0]!) }),
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: FRESH },
    )
  })
}

/** About a decimetre; finer than any telephone knows. */
const exactly = (degrees: number) => Math.round(degrees * 1e6) / 1e6

function placed(longitude: number, latitude: number, accuracy: number): Located {
  if (longitude < 73 || longitude > 136 || latitude < 3 || latitude > 54) return { said: without('定位结果不在国内') }
  return { place: { longitude: exactly(longitude), latitude: exactly(latitude), accuracy: Math.min(Math.round(accuracy), 100_000) } }
}
