import Link from "next/link";
import { EmptyState } from "@/components/empty-state";
import { Pagination } from "@/components/pagination";
import type { Page, SearchHit } from "@/lib/api-types";
import { countOf } from "@/lib/format";
import { documentHref, positions, searchHref } from "@/lib/paging";
import styles from "./search-results.module.css";

interface SearchResultsProps {
  query: string;
  page: number;
  results: Page<SearchHit>;
}

export function SearchResults({ query, page, results }: SearchResultsProps) {
  const { items, total } = results;
  if (total === 0) return <NothingFound query={query} />;
  if (items.length === 0) {
    return (
      <EmptyState title={`There is no page ${page} of these results`}>
        <p>
          <Link href={searchHref(query, 1)}>Go to the first page</Link>
        </p>
      </EmptyState>
    );
  }
  const [first, last] = positions(page, total);
  return (
    <section aria-labelledby="results">
      <div role="status">
        <h2 id="results" className={styles.count}>
          {countOf(total, "document", "documents")} found
          {total > items.length ? `, showing ${first} to ${last}` : ""}
        </h2>
      </div>
      <ol className={styles.list} start={first}>
        {items.map((hit) => (
          <Hit key={hit.id} hit={hit} />
        ))}
      </ol>
      <Pagination
        label="Pages of results"
        page={page}
        total={total}
        hrefOf={(target) => searchHref(query, target)}
      />
    </section>
  );
}

function Hit({ hit }: { hit: SearchHit }) {
  return (
    <li className={styles.hit}>
      <h3 className={styles.title}>
        <Link href={documentHref(hit.id)}>{hit.title}</Link>
      </h3>
      <p className={styles.snippet}>
        {hit.snippet.map((part, at) =>
          part.match ? <mark key={at}>{part.text}</mark> : <span key={at}>{part.text}</span>,
        )}
      </p>
      {hit.score === null ? null : (
        <p className={styles.score}>Relevance {hit.score.toFixed(2)}</p>
      )}
    </li>
  );
}

function NothingFound({ query }: { query: string }) {
  return (
    <div role="status">
      <EmptyState title={`No document matches “${query}”`}>
        <p>
          Try fewer or other words, or look through <Link href="/documents">all documents</Link>.
        </p>
      </EmptyState>
    </div>
  );
}
