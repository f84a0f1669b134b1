"use client";

import { type RefObject, useEffect, useRef } from "react";
import { Button } from "@/components/button";
import { FailureNotice } from "@/components/failure-notice";
import { Field } from "@/components/field";
import { Notice } from "@/components/notice";
import type { StoredDocument } from "@/lib/api-types";
import { CONTENT_LIMIT, lengthOf, TITLE_LIMIT } from "@/lib/document-form";
import styles from "./document-form.module.css";
import { type DocumentFormState, useDocumentForm } from "./use-document-form";

interface DocumentFormProps {
  onAdded: (document: StoredDocument) => void;
}

export function DocumentForm({ onAdded }: DocumentFormProps) {
  const form = useDocumentForm(onAdded);
  const element = useFocusOnError(form.failures);
  return (
    <section id="add" aria-labelledby="add-heading" className={styles.panel}>
      <h2 id="add-heading">Add a document</h2>
      <form ref={element} onSubmit={form.submit} noValidate className={styles.form}>
        <TitleField form={form} />
        <ContentField form={form} />
        {form.others.length > 0 ? (
          <Notice tone="error" title="The API did not accept the document">
            <p>{form.others.join(" ")}</p>
          </Notice>
        ) : null}
        {form.failure ? <FailureNotice failure={form.failure} /> : null}
        <Button type="submit" look="primary" disabled={form.saving}>
          {form.saving ? "Adding…" : "Add document"}
        </Button>
      </form>
    </section>
  );
}

function TitleField({ form }: { form: DocumentFormState }) {
  return (
    <Field
      id="title"
      label="Title"
      hint={`At most ${TITLE_LIMIT} characters.`}
      error={form.errors.title}
    >
      {(control) => (
        <input
          {...control}
          required
          autoComplete="off"
          value={form.values.title}
          onChange={(event) => form.change("title", event.target.value)}
        />
      )}
    </Field>
  );
}

function ContentField({ form }: { form: DocumentFormState }) {
  const { content } = form.values;
  const used = lengthOf(content).toLocaleString("en");
  const most = CONTENT_LIMIT.toLocaleString("en");
  return (
    <Field
      id="content"
      label="Text"
      hint={`${used} of at most ${most} characters.`}
      error={form.errors.content}
    >
      {(control) => (
        <textarea
          {...control}
          required
          value={content}
          onChange={(event) => form.change("content", event.target.value)}
        />
      )}
    </Field>
  );
}

/** Brings the reader to the first field with an error after each failed submit. */
function useFocusOnError(failures: number): RefObject<HTMLFormElement | null> {
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failures === 0) return;
    element.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [failures]);
  return element;
}
