"use client";

import { type SubmitEvent, useState } from "react";
import { useApi } from "@/components/backend";
import { type ApiFailure, toFailure } from "@/lib/api-failure";
import type { NewDocument, StoredDocument } from "@/lib/api-types";
import {
  assignFieldErrors,
  type DocumentField,
  type FormErrors,
  validateDocument,
} from "@/lib/document-form";

interface Outcome {
  errors: FormErrors;
  others: string[];
  failure: ApiFailure | null;
}

export interface DocumentFormState extends Outcome {
  values: NewDocument;
  saving: boolean;
  /** Grows with each failed submit, also when the errors are the same again. */
  failures: number;
  change: (field: DocumentField, value: string) => void;
  submit: (event: SubmitEvent<HTMLFormElement>) => void;
}

const EMPTY: NewDocument = { title: "", content: "" };
const CLEAN: Outcome = { errors: {}, others: [], failure: null };

export function useDocumentForm(onAdded: (document: StoredDocument) => void): DocumentFormState {
  const api = useApi();
  const [values, setValues] = useState(EMPTY);
  const [outcome, setOutcome] = useState(CLEAN);
  const [saving, setSaving] = useState(false);
  const [failures, setFailures] = useState(0);

  const fail = (found: Outcome) => {
    setOutcome(found);
    setFailures((count) => count + 1);
  };

  const save = async () => {
    setSaving(true);
    setOutcome(CLEAN);
    try {
      const added = await api.createDocument({ ...values, title: values.title.trim() });
      setValues(EMPTY);
      onAdded(added);
    } catch (error) {
      // What was typed stays, so that it can be sent again.
      fail(outcomeOf(toFailure(error)));
    } finally {
      setSaving(false);
    }
  };

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (saving) return;
    const errors = validateDocument(values);
    if (Object.keys(errors).length > 0) fail({ ...CLEAN, errors });
    else void save();
  };

  const change = (field: DocumentField, value: string) => {
    setValues((current) => ({ ...current, [field]: value }));
    setOutcome((current) => ({ ...current, errors: { ...current.errors, [field]: undefined } }));
  };

  return { ...outcome, values, saving, failures, change, submit };
}

function outcomeOf(failure: ApiFailure): Outcome {
  if (failure.kind !== "problem" || failure.problem.fieldErrors.length === 0) {
    return { ...CLEAN, failure };
  }
  return { ...CLEAN, ...assignFieldErrors(failure.problem.fieldErrors) };
}
