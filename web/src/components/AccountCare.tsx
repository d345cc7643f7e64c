import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { accountDevicesQuery, accountIdentityQuery, accountTokensQuery, signInMethodsQuery } from '../api/queries'
import { agentWords } from '../lib/agent'
import { formatTime } from '../lib/dates'
import { Dialog } from './Dialog'
import { Loaded } from './PageState'
import { TokenTable } from './TokenTable'

type Act = 'password' | 'second_factor' | 'sessions' | 'tokens'

const acts: Record<Act, { title: string; tells: string }> = {
  password: { title: '重置口令', tells: '生成一个临时口令，三天内有效，本人登录后须即更换；其现有登录全部退出。' },
  second_factor: { title: '重置第二因素', tells: '取消登记的验证器和备用码，其现有登录全部退出。请先当面或电话核实是本人要求。' },
  sessions: { title: '退出全部登录', tells: '该账号在所有设备上的登录即刻退出。' },
  tokens: { title: '停用接口令牌', tells: '该账号的全部接口令牌即刻停用。' },
}

/** What is told when the account is an administrator's: another has to agree first. */
const askedWords = '该账号属于管理员，已提出管理申请；获批后 24 小时内请再办一次'

/** What the account administrator does for somebody who cannot sign in or has lost a device. The person is told. */
export function AccountCare({ id, name }: { id: string; name: string }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const devices = useQuery(accountDevicesQuery(id))
  const tokens = useQuery(accountTokensQuery(id))
  const [asking, setAsking] = useState<Act>()
  const account = { params: { path: { id } } }
  const act = useMutation({
    mutationFn: async (what: Act): Promise<{ password?: string; until?: string; asked?: boolean }> => {
      if (what === 'sessions') await unwrap(api.DELETE('/accounts/{id}/sessions', account))
      else if (what === 'tokens') await unwrap(api.DELETE('/accounts/{id}/tokens', account))
      else return unwrap(api.POST('/accounts/{id}/reset', { ...account, body: { what } }))
      return {}
    },
    gcTime: 0,
    onSuccess: (done, what) => void message.success(done.asked ? askedWords : `已${acts[what].title}`),
    onError: (err) => void message.error(describe(err)),
    onSettled: () => {
      setAsking(undefined)
      return client.invalidateQueries({ queryKey: ['accounts', id] })
    },
  })
  return (
    <section className="panel">
      <h2>登录</h2>
      <Loaded query={devices}>
        {(d) => (
          <p className="gap">
            {d.items.length === 0
              ? '目前没有登录。'
              : `登录着 ${d.items.length} 台设备，最近使用于 ${formatTime(d.items[0]?.seen_at)}：${d.items.map((x) => agentWords(x.agent)).join('；')}。`}
          </p>
        )}
      </Loaded>
      <h3 className="gap">接口令牌</h3>
      <Loaded query={tokens}>{(t) => <TokenTable list={t} />}</Loaded>
      {act.data?.password && (
        <>
          <Alert className="gap" type="success" showIcon title="临时口令只显示这一次" description={`请当面或电话告知${name}，${formatTime(act.data.until)} 前有效。`} />
          <Input className="gap" aria-label="临时口令" readOnly value={act.data.password} onFocus={(e) => e.target.select()} />
        </>
      )}
      <div className="acts gap">
        {(Object.keys(acts) as Act[]).map((a) => (
          <Button key={a} onClick={() => setAsking(a)}>
            {acts[a].title}
          </Button>
        ))}
      </div>
      <Identity id={id} />
      {asking && (
        <Dialog title={`${acts[asking].title}：${name}`} okText={`确认${acts[asking].title}`} closeText="返回" busy={act.isPending} onOk={() => act.mutate(asking)} onClose={() => setAsking(undefined)}>
          <p>{acts[asking].tells}</p>
          <p>此事记入日志。</p>
        </Dialog>
      )}
    </section>
  )
}

/** Who the owner of the account is at the provider of identities, where there is one. */
function Identity({ id }: { id: string }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const methods = useQuery(signInMethodsQuery)
  const identity = useQuery({ ...accountIdentityQuery(id), enabled: !!methods.data?.oidc })
  const [subject, setSubject] = useState('')
  const account = { params: { path: { id } } }
  const link = useMutation({
    mutationFn: (who: string): Promise<{ asked?: boolean } | undefined> =>
      who ? unwrap(api.PUT('/accounts/{id}/identity', { ...account, body: { subject: who } })) : unwrap(api.DELETE('/accounts/{id}/identity', account)),
    onSuccess: (done) => (done?.asked ? void message.success(askedWords) : setSubject('')),
    onError: (err) => void message.error(describe(err)),
    onSettled: () => client.invalidateQueries({ queryKey: ['accounts', id] }),
  })
  if (!methods.data?.oidc) return null
  return (
    <Loaded query={identity}>
      {(x) =>
        x.subject ? (
          <p className="acts">
            {methods.data.oidc}：{x.subject}，关联于 {formatTime(x.created_at)} <Button onClick={() => link.mutate('')}>取消关联</Button>
          </p>
        ) : (
          <div className="filters">
            <p>没有关联{methods.data.oidc}。</p>
            <Input className="wide" aria-label="此人在认证方的编号（sub）" placeholder="此人在认证方的编号（sub）" value={subject} maxLength={255} onChange={(e) => setSubject(e.target.value)} />
            <Button disabled={!subject.trim()} loading={link.isPending} onClick={() => link.mutate(subject.trim())}>
              关联
            </Button>
          </div>
        )
      }
    </Loaded>
  )
}
