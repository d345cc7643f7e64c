import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components, operations } from './schema'

type S = components['schemas']
export type Delivery = S['Delivery']
export type NoticeSettings = S['NoticeSettings']
export type NoticeChoices = S['NoticeChoices']
export type NoticeKind = S['NoticeKind']
export type Robot = S['Robot']
export type RobotInput = S['RobotInput']
export type RobotList = S['RobotList']
export type About = NonNullable<NonNullable<operations['listMessages']['parameters']['query']>['about']>

/** What the list of messages can be narrowed by. */
export interface MessageFilter {
  unread?: boolean
  about?: About
}

export const messagesQuery = (filter: MessageFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['messages', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/messages', { params: { query: { ...filter, cursor } }, signal })),
    placeholderData: keepPreviousData,
  })

/** A code or a test is under way for a moment; until it has gone the page asks again. */
const again = 2_000
const pending = (...list: (Delivery | undefined)[]) => list.some((d) => d?.state === 'waiting')

export const noticeSettingsQuery = queryOptions({
  queryKey: ['notice-settings'],
  queryFn: ({ signal }) => unwrap(api.GET('/me/notices', { signal })),
  refetchInterval: (q) => pending(q.state.data?.last_test, q.state.data?.last_code) && again,
})

export const robotsQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ['robots', cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/robots', { params: { query: { cursor } }, signal })),
    refetchInterval: (q) => pending(...(q.state.data?.items ?? []).map((r) => r.last)) && again,
  })
