import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type FormInfo, formSchemaQuery } from '../../api/admin'
import { formsQuery } from '../../api/queries'
import { Loaded, Nothing } from '../../components/PageState'
import { useTitle } from '../../lib/hooks'
import './library.css'
import { Questions } from './Questions'
import { classTally, questionsOf, type Schema } from './questions'

const route = getRouteApi('/staff/form-library')

/** 表单库: every form in force, and what one of them asks. */
export function LibraryPage() {
  useTitle('表单库')
  const { form } = route.useSearch()
  const forms = useQuery(formsQuery)
  return (
    <div className="page">
      <div className="page-head">
        <h1>表单库</h1>
        <span className="muted">现行的各种表；用哪一版由政策参数“表单版本”指定，没有指定的用最新版本</span>
      </div>
      <Loaded query={forms}>
        {({ items }) => {
          const chosen = items.find((f) => f.form === form)
          if (form && !chosen) return <Nothing title={`没有现行的表单 ${form}`}>可能已由新版本代替。<Link to="/form-library">返回表单库</Link></Nothing>
          return chosen ? <OneForm key={chosen.form} of={chosen} /> : <List items={items} />
        }}
      </Loaded>
    </div>
  )
}

const subjects: Record<FormInfo['subject'], string> = { household: '一户', region: '一个村（乡镇）' }

/** Since when this version is used, and by what paper. */
export function validity(f: FormInfo): string {
  if (!f.from) return '未指定，用最新版本'
  return `${f.from} 起${f.until ? `至 ${f.until}` : ''}${f.basis ? `（${f.basis}）` : ''}`
}

export function List({ items }: { items: FormInfo[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">名称</th>
          <th scope="col">代码和版本</th>
          <th scope="col">填写对象</th>
          <th scope="col">来源</th>
          <th scope="col">有效期</th>
        </tr>
      </thead>
      <tbody>
        {items.map((f) => (
          <tr key={f.form}>
            <td>
              <Link className="main-link underlined" to="/form-library" search={{ form: f.form }}>
                {f.title}
              </Link>
            </td>
            <td data-label="代码和版本" className="num">
              {f.form}
            </td>
            <td data-label="填写对象" className="nowrap">
              {subjects[f.subject]}
            </td>
            <td data-label="来源" className="small">
              {f.source}
            </td>
            <td data-label="有效期" className="small">
              {validity(f)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function OneForm({ of: f }: { of: FormInfo }) {
  const schema = useQuery(formSchemaQuery(f.form))
  return (
    <>
      <p className="gap">
        <Link className="underlined" to="/form-library">
          返回表单库
        </Link>
      </p>
      <section className="panel" aria-label="表单">
        <h2>{f.title}</h2>
        <dl className="facts">
          <Fact term="代码和版本">{f.form}</Fact>
          <Fact term="填写对象">{subjects[f.subject]}</Fact>
          <Fact term="来源">{f.source}</Fact>
          <Fact term="有效期">{validity(f)}</Fact>
          <Fact term="由谁填写">{titles(f.writers)}</Fact>
          <Fact term="由谁复核">{titles(f.checkers)}（不能是采集人、录入人）</Fact>
        </dl>
      </section>
      <Loaded query={schema}>
        {(s) => {
          const questions = questionsOf(s as Schema)
          return (
            <section className="panel" aria-label="问题">
              <h2>问题（{questions.length} 项）</h2>
              <p className="gap muted">
                信息类别：{classTally(questions) || '没有个人信息'}。P0 公示内容、P1 一般情况、P2 个人信息、P3 敏感信息、P4 部门比对结果、P5 反映人身份；各岗位看到多少，见“岗位权限”。
              </p>
              <Questions list={questions} />
            </section>
          )
        }}
      </Loaded>
    </>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const titles = (posts: FormInfo['writers'] = []) => posts.map((r) => r.title).join('、')
