"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { useApi } from "@/components/backend";
import { FailureNotice } from "@/components/failure-notice";
import { LoadingRows } from "@/components/loading-rows";
import { Notice } from "@/components/notice";
import { type Query, useQuery } from "@/hooks/use-query";
import type { DocumentSummary, Page } from "@/lib/api-types";
import { documentsHref, sliceOf } from "@/lib/paging";
import { DeleteDialog } from "./delete-dialog";
import { DocumentForm } from "./document-form";
import { DocumentList } from "./document-list";
import styles from "./documents-screen.module.css";

interface Doomed {
  id: string;
  title: string;
}

export function DocumentsScreen({ page }: { page: number }) {
  const api = useApi();
  const router = useRouter();
  const documents = useQuery(String(page), (signal) => api.listDocuments(sliceOf(page), signal));
  const [news, setNews] = useState("");
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  const list = useRef<HTMLElement>(null);

  const changed = (message: string, target: number) => {
    setNews(message);
    documents.reload();
    if (target !== page) router.push(documentsHref(target));
  };
  const deleted = ({ title }: Doomed) => {
    setDoomed(null);
    // The button that opened the dialog is gone, so focus goes to its list.
    list.current?.focus();
    const wasLast = documents.data?.items.length === 1 && page > 1;
    changed(`Deleted “${title}”.`, wasLast ? page - 1 : page);
  };

  return (
    <div className={styles.columns}>
      <section ref={list} tabIndex={-1} aria-label="Stored documents" className={styles.list}>
        <News text={news} />
        <Stored page={page} documents={documents} onDelete={setDoomed} />
      </section>
      <DocumentForm onAdded={({ title }) => changed(`Added “${title}”.`, 1)} />
      {doomed ? (
        <DeleteDialog
          document={doomed}
          onCancel={() => setDoomed(null)}
          onDeleted={() => deleted(doomed)}
        />
      ) : null}
    </div>
  );
}

/** Comes into view by itself: on a narrow page the form is far below it. */
function News({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (text !== "") box.current?.scrollIntoView({ block: "nearest" });
  }, [text]);
  return (
    <div ref={box} role="status">
      {text === "" ? null : <Notice tone="success" title={text} />}
    </div>
  );
}

interface StoredProps {
  page: number;
  documents: Query<Page<DocumentSummary>>;
  onDelete: (document: Doomed) => void;
}

function Stored({ page, documents, onDelete }: StoredProps) {
  const { data, failure, reload } = documents;
  if (failure) return <FailureNotice failure={failure} onRetry={reload} />;
  if (data) return <DocumentList page={page} documents={data} onDelete={onDelete} />;
  return <LoadingRows label="Loading the documents" />;
}
