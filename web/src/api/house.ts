import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components } from './schema'

type S = components['schemas']

export type HouseholdOverview = S['HouseholdOverview']
export type RuleFinding = S['RuleFinding']
export type HouseholdIncome = S['HouseholdIncome']
export type HouseholdVisit = S['HouseholdVisit']
export type ProgrammeWall = S['ProgrammeWall']
export type WallProblem = S['WallProblem']
export type AreaMap = S['AreaMap']
export type MapArea = S['MapArea']
export type MapShape = S['MapShape']
export type MapPoint = S['MapPoint']
export type BoundaryImport = S['BoundaryImport']

export const overviewQuery = (id: string) =>
  queryOptions({ queryKey: ['household', id, 'overview'], queryFn: () => unwrap(api.GET('/households/{id}/overview', { params: { path: { id } } })) })

/** The papers of all its cases, ten at a time; issuing and voiding ask for all papers anew. */
export const householdPapersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['papers', 'household', id],
    queryFn: ({ pageParam }) => unwrap(api.GET('/papers', { params: { query: { household_id: id, cursor: pageParam, limit: 10 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  })

/** A wall hangs there all day: it asks again by itself. */
export const wallQuery = (id: string) =>
  queryOptions({ queryKey: ['programmes', 'wall', id], queryFn: () => unwrap(api.GET('/programmes/{id}/wall', { params: { path: { id } } })), refetchInterval: 60_000 })

export const mapQuery = (region?: string) => queryOptions({ queryKey: ['map', region], queryFn: () => unwrap(api.GET('/map', { params: { query: { region } } })) })
