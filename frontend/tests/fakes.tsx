import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { type Mocked, vi } from "vitest";
import { Backend } from "@/components/backend";
import type { Api } from "@/lib/api";
import { ApiError } from "@/lib/api-failure";
import type { DocumentSummary, Health, StoredDocument } from "@/lib/api-types";
import type { FieldError } from "@/lib/problem";
import type { ApiAddress } from "@/lib/settings";

export const ADDRESS: ApiAddress = {
  ok: true,
  url: "http://api.example.com",
  origin: "http://api.example.com",
};

export const HEALTHY: Health = {
  status: "ok",
  version: "1.2.3",
  commit: "4f2a9c1be07d",
  buildDate: "2025-05-02T09:30:00Z",
  database: "up",
};

export function fakeApi(overrides: Partial<Api> = {}): Mocked<Api> {
  return {
    url: "http://api.example.com",
    listDocuments: vi.fn(async () => ({ items: [], total: 0 })),
    getDocument: vi.fn(async () => storedDocument()),
    createDocument: vi.fn(async (added) => storedDocument(added)),
    deleteDocument: vi.fn(async () => undefined),
    search: vi.fn(async () => ({ items: [], total: 0 })),
    health: vi.fn(async () => HEALTHY),
    ...overrides,
  } as Mocked<Api>;
}

export function renderWith(api: Api, children: ReactNode) {
  return render(
    <Backend address={ADDRESS} api={api}>
      {children}
    </Backend>,
  );
}

export function storedDocument(members: Partial<StoredDocument> = {}): StoredDocument {
  return {
    id: "d1",
    title: "Signals",
    content: "How a signal moves.",
    createdAt: "2025-05-02T09:30:00Z",
    updatedAt: "2025-05-02T09:30:00Z",
    ...members,
  };
}

export function summary(members: Partial<DocumentSummary> = {}): DocumentSummary {
  const { content, ...rest } = storedDocument();
  return { ...rest, excerpt: content, ...members };
}

export function unreachable(): ApiError {
  return new ApiError({
    kind: "unreachable",
    request: "GET http://api.example.com/api/v1/documents",
    timeoutSeconds: null,
  });
}

export function problem(status: number, detail: string, fieldErrors: FieldError[] = []): ApiError {
  return new ApiError({
    kind: "problem",
    request: "GET http://api.example.com/api/v1/documents",
    problem: { status, title: "Problem", detail, fieldErrors },
  });
}
