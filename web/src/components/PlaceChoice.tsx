import { useState } from 'react'
import { locate, placeWanted, wantPlace } from '../lib/place'

/** Whether photos note where they were taken. Saying yes tries it at once, so that the browser's question comes here and not over a photo. */
export function PlaceChoice() {
  const [on, setOn] = useState(placeWanted)
  const [said, setSaid] = useState('')
  const choose = async (yes: boolean) => {
    setOn(yes)
    wantPlace(yes)
    setSaid(yes ? '正在定位……' : '')
    if (!yes) return
    const found = await locate()
    setSaid('place' in found ? `已能定位，误差约 ${found.place.accuracy} 米` : found.said)
  }
  return (
    <p className="place-choice">
      <label>
        <input type="checkbox" checked={on} onChange={(e) => void choose(e.target.checked)} /> 拍照时记下地点
      </label>{' '}
      <span role="status">{said}</span>
    </p>
  )
}
