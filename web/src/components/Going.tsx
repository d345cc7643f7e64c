import { Alert, Button } from 'antd'
import type { useWatched } from '../lib/watch'

/** How far a file is, while the server works on it; stopping loses nothing that is done. */
export function Going({ work }: { work: ReturnType<typeof useWatched> }) {
  const { at, busy, stopped } = work
  if (!busy) return stopped ? <Alert className="gap" type="info" showIcon role="alert" title="已停下。已经办好的保留，再次确认或重新选择同一文件即接着办。" /> : null
  return (
    <div className="gap" data-going>
      {at ? <progress max={Math.max(at.total, 1)} value={at.done} aria-label="进度" /> : <progress aria-label="进度" />}
      <p role="status" className="num">
        {at ? `已办 ${at.done} / ${at.total} 行。` : '正在上传和核对。'}
        <Button size="small" onClick={work.stop}>
          停下
        </Button>
      </p>
    </div>
  )
}
