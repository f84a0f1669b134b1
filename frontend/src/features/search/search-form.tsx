"use client";

import { useRouter } from "next/navigation";
import { type SubmitEvent, useRef, useState, useTransition } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { searchHref } from "@/lib/paging";
import { queryFault } from "@/lib/search-query";
import styles from "./search-form.module.css";

export function SearchForm({ query }: { query: string }) {
  const router = useRouter();
  const [text, setText] = useState(query);
  const [error, setError] = useState(query === "" ? null : queryFault(query));
  const [pending, startTransition] = useTransition();
  const input = useRef<HTMLInputElement>(null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fault = queryFault(text);
    setError(fault);
    if (fault === null) {
      startTransition(() => router.push(searchHref(text.trim(), 1)));
    } else {
      input.current?.focus();
    }
  };

  return (
    // `action` and `name` make the form work before the scripts have loaded.
    <form role="search" action="/" onSubmit={submit} noValidate className={styles.form}>
      <Field id="q" label="Words to search for" error={error ?? undefined}>
        {(control) => (
          <input
            {...control}
            ref={input}
            name="q"
            type="search"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" look="primary" disabled={pending}>
        {pending ? "Searching…" : "Search"}
      </Button>
    </form>
  );
}
