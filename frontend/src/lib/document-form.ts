import type { NewDocument } from "./api-types";
import type { FieldError } from "./problem";

export const TITLE_LIMIT = 200;
export const CONTENT_LIMIT = 100_000;

export type DocumentField = keyof NewDocument;
export type FormErrors = Partial<Record<DocumentField, string>>;

export function validateDocument({ title, content }: NewDocument): FormErrors {
  const errors: FormErrors = {};
  const titleError = check("title", title, TITLE_LIMIT);
  const contentError = check("content", content, CONTENT_LIMIT);
  if (titleError) errors.title = titleError;
  if (contentError) errors.content = contentError;
  return errors;
}

/** Splits what the API found wrong by the fields this form can show it at. */
export function assignFieldErrors(found: FieldError[]): {
  errors: FormErrors;
  others: string[];
} {
  const errors: FormErrors = {};
  const others: string[] = [];
  for (const { field, message } of found) {
    if (field === "title" || field === "content") errors[field] ??= sentence(message);
    else others.push(sentence(message));
  }
  return { errors, others };
}

/** Counts code points, as the API does: an emoji is one character, not two. */
export function lengthOf(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}

function check(field: DocumentField, text: string, limit: number): string | null {
  if (text.trim() === "") {
    return field === "title"
      ? "Enter a title."
      : "Enter the text of the document.";
  }
  const length = lengthOf(text);
  if (length <= limit) return null;
  const name = field === "title" ? "title" : "text";
  const [have, most] = [length, limit].map((n) => n.toLocaleString("en"));
  return `The ${name} has ${have} characters, and at most ${most} are allowed. Shorten it.`;
}

function sentence(message: string): string {
  const start = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
