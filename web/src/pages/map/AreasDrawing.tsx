import { Link } from '@tanstack/react-router'
import type { AreaMap, MapArea, MapShape } from '../../api/house'
import { usePhone } from '../../lib/hooks'
import { boxAround, type Place, type Plane, planeOf, sizeOf } from '../../lib/plane'

export const measures = [
  { key: 'households', title: '户数' },
  { key: 'monitored', title: '监测户' },
  { key: 'clues', title: '在办风险线索' },
  { key: 'overdue', title: '逾期事项' },
] as const

export type Measure = (typeof measures)[number]['key']

const placesOf = (shape: MapShape | undefined): Place[] => (shape ?? []).flat(2) as Place[]

/** The path of a shape on a plane; holes stay open by the rule evenodd. */
export const pathOf = (shape: MapShape, plane: Plane) =>
  shape
    .flat()
    .map((ring) => `M${ring.map((p) => plane.at(p as Place).map((n) => n.toFixed(1)).join(',')).join('L')}Z`)
    .join('')

/** The areas by their outlines, darker where there is more, each with its number and leading into it. */
export function AreasDrawing({ map: m, measure }: { map: AreaMap; measure: Measure }) {
  const [width, highest] = sizeOf(usePhone())
  const drawn = m.areas.filter((a) => a.boundary)
  const box = boxAround([...placesOf(m.boundary), ...drawn.flatMap((a) => placesOf(a.boundary))])
  if (!box) return <p className="muted">还没有地区界线，各地区的数字见下表。界线由县级办公室或系统管理员导入。</p>
  const plane = planeOf(box, width, highest)
  const most = Math.max(1, ...drawn.map((a) => a[measure]))
  const title = measures.find((x) => x.key === measure)!.title
  return (
    <>
      <svg className="map" viewBox={`0 0 ${plane.width} ${plane.height.toFixed(0)}`} role="group" aria-label={`${m.region.name}各地区的${title}，数字同下表`}>
        {m.boundary && <path d={pathOf(m.boundary, plane)} className="around" fillRule="evenodd" />}
        {drawn.map((a) => (
          <Link key={a.code} to="/map" search={{ region: a.code }} aria-label={`${a.name}，${title} ${a[measure]}`}>
            <path d={pathOf(a.boundary!, plane)} className="area" fillRule="evenodd" fillOpacity={0.08 + 0.62 * (a[measure] / most)} />
          </Link>
        ))}
        {drawn.map((a) => (
          <Bubble key={a.code} area={a} plane={plane} count={a[measure]} />
        ))}
      </svg>
      {drawn.length < m.areas.length && <p className="muted">有 {m.areas.length - drawn.length} 个地区没有提供界线，只在下表中。</p>}
    </>
  )
}

function Bubble({ area: a, plane, count }: { area: MapArea; plane: Plane; count: number }) {
  if (!a.center) return null
  const [x, y] = plane.at(a.center as Place)
  return (
    <g className="bubble" aria-hidden>
      <circle cx={x} cy={y} r={Math.min(30, 13 + String(count).length * 3)} />
      <text x={x} y={y + 5} textAnchor="middle">
        {count}
      </text>
      <text className="name" x={x} y={y + 34} textAnchor="middle" paintOrder="stroke">
        {a.name}
      </text>
    </g>
  )
}
