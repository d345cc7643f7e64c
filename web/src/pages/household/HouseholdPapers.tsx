import { useInfiniteQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { householdPapersQuery } from '../../api/house'
import { ExportButton } from '../../components/ExportButton'
import { Failed, PageLoading } from '../../components/PageState'
import { Issued } from '../papers/PapersPanel'

/** 文书: what was issued about any case of the household, newest first. */
export function HouseholdPapers({ household }: { household: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(householdPapersQuery(household))
  const papers = data?.pages.flatMap((p) => p.items)
  return (
    <section className="panel" id="papers" aria-labelledby="papers-title">
      <div className="panel-head">
        <h2 id="papers-title">文书</h2>
        {papers && papers.length > 0 && <ExportButton list="papers" filter={{ household_id: household }} />}
      </div>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!papers && !error && <PageLoading />}
      {papers && <Issued papers={papers} />}
      {hasNextPage && (
        <p className="gap">
          <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            更早的文书
          </Button>
        </p>
      )}
    </section>
  )
}
