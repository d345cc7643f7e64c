import { useQueryClient } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'
import type { BoundaryImport } from '../../api/house'
import { fileBody, WorkbookUpload } from '../../components/WorkbookUpload'

/** 导入地区界线: a GeoJSON file is looked at first; what is confirmed is kept as a new version. */
export function BoundaryUpload({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const count = (r: BoundaryImport) => r.items.length - r.rejected
  return (
    <WorkbookUpload
      title="导入地区界线"
      help="GeoJSON（FeatureCollection），每个地区一项，属性 code 为地区代码；经度、纬度（度）。只供内部使用，地图不对外公布。"
      field="boundaries"
      file="GeoJSON 文件"
      accept=".geojson,.json"
      measure="个地区"
      count={count}
      send={(file, how, confirm) => unwrap(api.POST('/map/boundaries', { params: { query: { confirm } }, ...fileBody(file), ...how }))}
      back={(file, how) => unwrap(api.POST('/map/boundaries/returned', { ...fileBody(file), ...how, parseAs: 'blob' }))}
      onDone={async () => {
        await client.invalidateQueries({ queryKey: ['map'] })
        return '界线已保存'
      }}
      onClose={onClose}
    >
      {(result) => <Found result={result} />}
    </WorkbookUpload>
  )
}

function Found({ result: r }: { result: BoundaryImport }) {
  return (
    <>
      <p className="gap" role="status">
        {r.applied ? '已保存' : '预览：可以保存'} {r.items.length - r.rejected} 个地区，未导入 {r.rejected} 个
      </p>
      <table className="list gap">
        <thead>
          <tr>
            <th scope="col">地区</th>
            <th scope="col">点数</th>
            <th scope="col">说明</th>
          </tr>
        </thead>
        <tbody>
          {r.items.map((x, i) => (
            <tr key={`${x.code}${i}`}>
              <td>
                {x.name || '—'} <span className="small num">{x.code}</span>
              </td>
              <td data-label="点数" className="num">
                {x.points}
              </td>
              <td data-label="说明">{x.faults.length > 0 ? <strong className="late">{x.faults.map((f) => f.message).join('；')}</strong> : x.replaces ? `代替第 ${x.replaces} 版` : '新增'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
