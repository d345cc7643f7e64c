import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { useId, useState } from 'react'
import { type AreaMap, mapQuery } from '../../api/house'
import { Loaded } from '../../components/PageState'
import { useTitle } from '../../lib/hooks'
import { AreasDrawing, type Measure, measures } from './AreasDrawing'
import { BoundaryUpload } from './BoundaryUpload'
import { Points } from './Points'
import './map.css'

const route = getRouteApi('/staff/map')

/** 地图: the areas of an office with households and risks; where households live, for those who may see it. */
export function MapPage() {
  useTitle('地图')
  const { region } = route.useSearch()
  const map = useQuery(mapQuery(region))
  return (
    <div className="page">
      <Loaded query={map}>{(m) => <Area key={m.region.code} map={m} />}</Loaded>
    </div>
  )
}

function Area({ map: m }: { map: AreaMap }) {
  const label = useId()
  const [measure, setMeasure] = useState<Measure>('clues')
  const [importing, setImporting] = useState(false)
  const village = m.region.code.length === 12
  return (
    <>
      <div className="page-head">
        <h1>地图：{m.region.name}</h1>
        <span className="acts">
          {m.parent && (
            <Link className="underlined" to="/map" search={{ region: m.parent.code }}>
              回到{m.parent.name}
            </Link>
          )}
          {m.can_import && !importing && <Button onClick={() => setImporting(true)}>导入地区界线</Button>}
        </span>
      </div>
      {importing && <BoundaryUpload onClose={() => setImporting(false)} />}
      {village ? (
        <Points map={m} />
      ) : (
        <section className="panel" aria-label="地区">
          <div className="filters">
            <label htmlFor={label}>
              地图上显示
              <Select id={label} style={{ minWidth: '9rem' }} value={measure} options={measures.map((x) => ({ value: x.key, label: x.title }))} onChange={setMeasure} />
            </label>
          </div>
          <AreasDrawing map={m} measure={measure} />
        </section>
      )}
      <section className="panel">
        <h2>{village ? '本村' : '各地区'}</h2>
        <table className="list">
          <thead>
            <tr>
              <th scope="col">地区</th>
              {measures.map((x) => (
                <th key={x.key} scope="col">
                  {x.title}
                </th>
              ))}
              <th scope="col">界线</th>
            </tr>
          </thead>
          <tbody>
            {m.areas.map((a) => (
              <tr key={a.code} data-area={a.code}>
                <td>
                  {village ? (
                    a.name
                  ) : (
                    <Link className="main-link" to="/map" search={{ region: a.code }}>
                      {a.name}
                    </Link>
                  )}
                  <div className="small">
                    <Link className="underlined" to="/households" search={{ village: a.code }}>
                      农户
                    </Link>
                    {'　'}
                    <Link className="underlined" to="/cases" search={{ village: a.code, procedure: 'risk_clue', open: true }}>
                      风险线索
                    </Link>
                    {'　'}
                    <Link className="underlined" to="/cases" search={{ village: a.code, overdue: true }}>
                      逾期事项
                    </Link>
                  </div>
                </td>
                {measures.map((x) => (
                  <td key={x.key} data-label={x.title} className="num">
                    {x.key === 'overdue' && a.overdue > 0 ? <strong className="late">{a.overdue}</strong> : a[x.key]}
                  </td>
                ))}
                <td data-label="界线">{a.version ? `第 ${a.version} 版` : '未提供'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
