"use client";

import { useApi, useBackend } from "@/components/backend";
import { EmptyState } from "@/components/empty-state";
import { FailureNotice } from "@/components/failure-notice";
import { LoadingRows } from "@/components/loading-rows";
import { useQuery } from "@/hooks/use-query";
import { sliceOf } from "@/lib/paging";
import { queryFault } from "@/lib/search-query";
import { SearchForm } from "./search-form";
import { SearchResults } from "./search-results";

interface SearchScreenProps {
  query: string;
  page: number;
}

export function SearchScreen({ query, page }: SearchScreenProps) {
  return (
    <>
      <SearchForm key={query} query={query} />
      {queryFault(query) === null ? <Outcome query={query} page={page} /> : <Idle />}
    </>
  );
}

function Outcome({ query, page }: SearchScreenProps) {
  const api = useApi();
  const { data, failure, reload } = useQuery(`${page} ${query}`, (signal) =>
    api.search(query, sliceOf(page), signal),
  );
  if (failure) return <FailureNotice failure={failure} onRetry={reload} />;
  if (data) return <SearchResults query={query} page={page} results={data} />;
  return <LoadingRows label={`Searching for ${query}`} />;
}

/** Nothing was asked yet; an API that is down is worth knowing before asking. */
function Idle() {
  const { health } = useBackend();
  if (health.failure) {
    return <FailureNotice failure={health.failure} onRetry={health.refresh} />;
  }
  return (
    <EmptyState title="Nothing searched for yet">
      <p>Enter one or more words above. A document is found when it has all of them.</p>
    </EmptyState>
  );
}
