import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { AreaMap, MapPoint } from '../../api/house'
import { ForPurpose } from '../../components/ForPurpose'
import { usePhone } from '../../lib/hooks'
import { boxAround, closer, clusters, heartOf, type Place, planeOf, sizeOf } from '../../lib/plane'
import { pathOf } from './AreasDrawing'

const placeOf = (p: MapPoint): Place => [p.longitude, p.latitude]
const watched = (p: MapPoint) => p.status === 'monitored' || p.status === 'eliminating'

/** One village: its outline, and where its households live for those who may see that, for a purpose. */
export function Points({ map: m }: { map: AreaMap }) {
  const [asking, setAsking] = useState(false)
  const [points, setPoints] = useState<MapPoint[]>()
  const [more, setMore] = useState(false)
  return (
    <section className="panel" aria-label="住户位置">
      {!m.can_see_points && <p className="muted">住户位置属于敏感个人信息，由县、乡镇的办公室和分管领导写明用途后查看。</p>}
      {m.can_see_points && !points && (
        <p className="acts gap">
          <Button type="primary" onClick={() => setAsking(true)}>
            写明用途查看住户位置
          </Button>
        </p>
      )}
      <Drawing map={m} points={points ?? []} />
      {points && (
        <>
          <p className="gap">
            登记了位置的 {points.length} 户，其中监测户 {points.filter(watched).length} 户。{more && '还有更多没有列出。'}
          </p>
          <PointList points={points} />
        </>
      )}
      {asking && (
        <ForPurpose
          title={`${m.region.name}：住户位置`}
          okText="查看"
          placeholder="如：安排汛期入户走访路线"
          ask={async (purpose) => {
            const found = await unwrap(api.POST('/map/points', { body: { region_code: m.region.code, purpose } }))
            setPoints(found.points)
            setMore(found.more)
            setAsking(false)
            return found.points.length
          }}
          onClose={() => setAsking(false)}
        >
          {(n) => <p>{n} 户</p>}
        </ForPurpose>
      )}
    </section>
  )
}

/** Pixels within which places are one. */
const CELL = 30
const zooms = [1, 2, 4, 8, 16]
const directions = [
  { title: '西', sign: '←', east: -1, north: 0 },
  { title: '北', sign: '↑', east: 0, north: 1 },
  { title: '南', sign: '↓', east: 0, north: -1 },
  { title: '东', sign: '→', east: 1, north: 0 },
]

function Drawing({ map: m, points }: { map: AreaMap; points: MapPoint[] }) {
  const [width, highest] = sizeOf(usePhone())
  const [zoom, setZoom] = useState(0)
  const [center, setCenter] = useState<Place>()
  const box = boxAround([...((m.boundary ?? []).flat(2) as Place[]), ...points.map(placeOf)])
  if (!box) return <p className="muted">没有本村界线。</p>
  const middle: Place = center ?? heartOf(points.map(placeOf)) ?? [box.west, box.south]
  const seen = closer(box, zooms[zoom]!, middle)
  const plane = planeOf(seen, width, highest)
  const shown = clusters(points, placeOf, plane, CELL)
  const into = (items: MapPoint[]) => {
    setCenter(heartOf(items.map(placeOf)))
    setZoom(Math.min(zoom + 1, zooms.length - 1))
  }
  // Half of what is seen further on; from what is really seen, which does not leave the box.
  const move = (east: number, north: number) =>
    setCenter([(seen.west + seen.east) / 2 + (east * (seen.east - seen.west)) / 2, (seen.south + seen.north) / 2 + (north * (seen.north - seen.south)) / 2])
  return (
    <>
      {points.length > 0 && (
        <div className="acts gap pairs">
          <Button onClick={() => setZoom(zoom + 1)} disabled={zoom === zooms.length - 1}>
            放大
          </Button>
          <Button onClick={() => setZoom(zoom - 1)} disabled={zoom === 0}>
            缩小
          </Button>
          {zoom > 0 &&
            directions.map((d) => (
              <Button key={d.title} onClick={() => move(d.east, d.north)} aria-label={`看${d.title}边`}>
                {d.sign}
              </Button>
            ))}
          <span className="muted num" role="status">
            {zooms[zoom]} 倍，图上 {shown.reduce((sum, c) => sum + c.items.length, 0)} 户
          </span>
        </div>
      )}
      <svg className="map" viewBox={`0 0 ${plane.width} ${plane.height.toFixed(0)}`} role="group" aria-label={`${m.region.name}的地图，住户同下表`}>
        {m.boundary && <path d={pathOf(m.boundary, plane)} className="around" fillRule="evenodd" />}
        {shown.map((c) => {
          const tone = c.items.some(watched) ? 'point watched' : 'point'
          const first = c.items[0]!
          if (c.items.length === 1)
            return (
              <Link key={first.household.id} to="/households/$id" params={{ id: first.household.id }} aria-label={`${first.household.head_name}，${first.status_title}`}>
                <circle className={tone} cx={c.x} cy={c.y} r={7}>
                  <title>{`${first.household.head_name}，${first.status_title}`}</title>
                </circle>
              </Link>
            )
          return (
            <g key={first.household.id} className={`bubble ${tone}`} data-cluster={c.items.length} role="button" tabIndex={0} aria-label={`${c.items.length} 户，放大`} onClick={() => into(c.items)} onKeyDown={(e) => (e.key === 'Enter' || e.key === ' ') && into(c.items)}>
              <circle cx={c.x} cy={c.y} r={Math.min(26, 11 + String(c.items.length).length * 3)} />
              <text x={c.x} y={c.y + 5} textAnchor="middle">
                {c.items.length}
              </text>
            </g>
          )
        })}
      </svg>
    </>
  )
}

function PointList({ points }: { points: MapPoint[] }) {
  const [rows, setRows] = useState(50)
  const sorted = [...points].sort((a, b) => Number(watched(b)) - Number(watched(a)) || a.household.household_no.localeCompare(b.household.household_no))
  return (
    <>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">户主</th>
            <th scope="col">状态</th>
            <th scope="col">位置取自</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, rows).map((p) => (
            <tr key={p.household.id}>
              <td>
                <Link className="main-link" to="/households/$id" params={{ id: p.household.id }}>
                  {p.household.head_name}
                </Link>
                <div className="small num">{p.household.household_no}</div>
              </td>
              <td data-label="状态">{p.status_title}</td>
              <td data-label="位置取自">{p.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows < sorted.length && (
        <p className="gap">
          <Button onClick={() => setRows(rows + 200)}>再列出 {Math.min(200, sorted.length - rows)} 户</Button>
        </p>
      )}
    </>
  )
}
