"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useApi } from "@/components/backend";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { FailureNotice } from "@/components/failure-notice";
import { LoadingRows } from "@/components/loading-rows";
import { useQuery } from "@/hooks/use-query";
import type { StoredDocument } from "@/lib/api-types";
import { formatTime } from "@/lib/format";
import { DeleteDialog } from "./delete-dialog";
import styles from "./document-screen.module.css";

export function DocumentScreen({ id }: { id: string }) {
  const api = useApi();
  const { data, failure, reload } = useQuery(id, (signal) => api.getDocument(id, signal));
  return (
    <div className={styles.screen}>
      <Link href="/documents">All documents</Link>
      {data ? null : <h1 className="visually-hidden">Document</h1>}
      {failure?.kind === "problem" && failure.problem.status === 404 ? (
        <NoSuchDocument id={id} />
      ) : failure ? (
        <FailureNotice failure={failure} onRetry={reload} />
      ) : data ? (
        <Content document={data} />
      ) : (
        <LoadingRows label="Loading the document" rows={1} />
      )}
    </div>
  );
}

function Content({ document }: { document: StoredDocument }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  return (
    <article className={styles.document}>
      <header className={styles.head}>
        <div className={styles.heading}>
          <h1>{document.title}</h1>
          <p className={styles.time}>
            Added <time dateTime={document.createdAt}>{formatTime(document.createdAt)}</time>
          </p>
        </div>
        <Button onClick={() => setAsking(true)}>Delete</Button>
      </header>
      <p className={styles.content}>{document.content}</p>
      {asking ? (
        <DeleteDialog
          document={document}
          onCancel={() => setAsking(false)}
          onDeleted={() => router.push("/documents")}
        />
      ) : null}
    </article>
  );
}

function NoSuchDocument({ id }: { id: string }) {
  return (
    <EmptyState title="No such document">
      <p>
        The API has no document with the id <code>{id}</code>. It may have been deleted.
      </p>
    </EmptyState>
  );
}
