import { type QueryKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { type ListCode, type ListSetting, listSettingQuery } from '../api/lists'

/**
 * What a list is searched for. It is often the name of a person, so it stands neither in the address nor in the history of the
 * browser: it is kept as long as the page is open and gone with the session.
 */
export function useSearched(list: ListCode): [string | undefined, (q: string | undefined) => void] {
  const client = useQueryClient()
  const key = ['searched', list]
  const [q, setQ] = useState(() => client.getQueryData<string>(key) || undefined)
  return [
    q,
    (next) => {
      client.setQueryData(key, next ?? '')
      setQ(next)
    },
  ]
}

const plain: ListSetting = { columns: [], density: 'normal', saved: [] }

/** How I have a list shown; kept on the server, so that it is the same on every device. */
export function useListSetting(list: ListCode) {
  const client = useQueryClient()
  const query = useQuery(listSettingQuery(list))
  const save = useMutation({
    mutationFn: (body: ListSetting) => unwrap(api.PUT('/me/lists/{list}', { params: { path: { list } }, body })),
    onMutate: (body) => client.setQueryData(listSettingQuery(list).queryKey, body),
    onError: () => client.invalidateQueries({ queryKey: listSettingQuery(list).queryKey }),
  })
  return { setting: query.data ?? plain, loaded: query.data !== undefined, save }
}

/** The total that only the first page of a list tells, which is at hand while one turns the pages. */
export function useTotal(firstPage: { queryKey: QueryKey }): number | undefined {
  return useQueryClient().getQueryData<{ total?: number }>(firstPage.queryKey)?.total
}
