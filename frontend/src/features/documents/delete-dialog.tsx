"use client";

import { useEffect, useRef, useState } from "react";
import { useApi } from "@/components/backend";
import { Button } from "@/components/button";
import { FailureNotice } from "@/components/failure-notice";
import { type ApiFailure, toFailure } from "@/lib/api-failure";
import styles from "./delete-dialog.module.css";

interface DeleteDialogProps {
  document: { id: string; title: string };
  onCancel: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ document, onCancel, onDeleted }: DeleteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { remove, deleting, failure } = useDeletion(document.id, () => {
    // The page behind an open dialog is inert, so it could not take the focus.
    dialog.current?.close();
    onDeleted();
  });

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog
      ref={dialog}
      onClose={onCancel}
      aria-labelledby="delete-title"
      aria-describedby="delete-text"
      className={styles.dialog}
    >
      <h2 id="delete-title">Delete this document?</h2>
      <p id="delete-text" className={styles.text}>
        “{document.title}” will be gone for good. This cannot be undone.
      </p>
      {failure ? <FailureNotice failure={failure} /> : null}
      <div className={styles.actions}>
        {/* First, because a dialog focuses its first control: Enter must not delete. */}
        <Button onClick={() => dialog.current?.close()}>Keep it</Button>
        <Button look="danger" onClick={remove} disabled={deleting}>
          {deleting ? "Deleting…" : "Delete"}
        </Button>
      </div>
    </dialog>
  );
}

function useDeletion(id: string, onDeleted: () => void) {
  const api = useApi();
  const [deleting, setDeleting] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  const remove = async () => {
    setDeleting(true);
    setFailure(null);
    try {
      await api.deleteDocument(id);
      onDeleted();
    } catch (error) {
      const found = toFailure(error);
      // Somebody else was faster; the document is gone, as it was asked for.
      if (found.kind === "problem" && found.problem.status === 404) onDeleted();
      else setFailure(found);
    } finally {
      setDeleting(false);
    }
  };

  return { remove, deleting, failure };
}
