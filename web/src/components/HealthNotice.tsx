import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import { healthQuery } from '../api/queries'

const troubles: Record<string, string> = {
  access_log_failing: '访问日志写不进去，涉及个人信息的查看会被拒绝，请检查数据库和磁盘',
  checkpoint_late: '有记录超过两小时没有封存，请检查封存的密钥、检查点目录和服务日志，并运行 shouwang verify',
  checkpoint_undelivered: '检查点超过两小时没有送出数据库，请检查检查点目录和接收检查点的服务',
  record_unguarded: '保护记录的触发器缺失或停用，请立即查明原因并运行 shouwang verify',
  temporal_unreachable: '工作流服务连接不上，办理暂时不能推进',
}

/** What does not do its work, for those who look after the system; nothing while all is well. */
export function HealthNotice() {
  const health = useQuery(healthQuery)
  const bad = (health.data?.checks ?? []).filter((c) => !c.ok)
  if (bad.length === 0) return null
  return <Alert className="gap" type="error" showIcon role="alert" title={bad.map((c) => troubles[c.code ?? ''] ?? `${c.name} 不正常`).join('；')} />
}
