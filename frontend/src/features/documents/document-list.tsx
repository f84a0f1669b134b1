import Link from "next/link";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { Pagination } from "@/components/pagination";
import type { DocumentSummary, Page } from "@/lib/api-types";
import { countOf, formatTime } from "@/lib/format";
import { documentHref, documentsHref, pageCount, positions } from "@/lib/paging";
import styles from "./document-list.module.css";

interface DocumentListProps {
  page: number;
  documents: Page<DocumentSummary>;
  onDelete: (document: DocumentSummary) => void;
}

export function DocumentList({ page, documents, onDelete }: DocumentListProps) {
  const { items, total } = documents;
  if (items.length === 0) return <NoDocuments page={page} total={total} />;
  const [first, last] = positions(page, total);
  return (
    <div>
      <div className={styles.head}>
        <h2 className={styles.count}>
          {countOf(total, "document", "documents")}
          {total > items.length ? `, showing ${first} to ${last}` : ""}
        </h2>
        <a href="#add" className={styles.jump}>
          Add a document
        </a>
      </div>
      <ul className={styles.list}>
        {items.map((document) => (
          <Row key={document.id} document={document} onDelete={onDelete} />
        ))}
      </ul>
      <Pagination label="Pages of documents" page={page} total={total} hrefOf={documentsHref} />
    </div>
  );
}

interface RowProps {
  document: DocumentSummary;
  onDelete: (document: DocumentSummary) => void;
}

function Row({ document, onDelete }: RowProps) {
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <h3 className={styles.title}>
          <Link href={documentHref(document.id)}>{document.title}</Link>
        </h3>
        <p className={styles.excerpt}>{document.excerpt}</p>
      </div>
      <p className={styles.time}>
        Added <time dateTime={document.createdAt}>{formatTime(document.createdAt)}</time>
      </p>
      <Button aria-label={`Delete “${document.title}”`} onClick={() => onDelete(document)}>
        Delete
      </Button>
    </li>
  );
}

function NoDocuments({ page, total }: { page: number; total: number }) {
  if (total === 0) {
    return (
      <EmptyState title="No documents yet">
        <p>
          <a href="#add">Add the first one</a>, and the search will find it.
        </p>
      </EmptyState>
    );
  }
  const last = pageCount(total);
  return (
    <EmptyState title={`There is no page ${page}`}>
      <p>
        The documents end on <Link href={documentsHref(last)}>page {last}</Link>.
      </p>
    </EmptyState>
  );
}
