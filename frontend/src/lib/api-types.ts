export interface DocumentSummary {
  id: string;
  title: string;
  excerpt: string;
  createdAt: string;
  updatedAt: string;
}

export interface StoredDocument {
  id: string;
  title: string;
  content: string;
  createdAt: string;
  updatedAt: string;
}

export interface NewDocument {
  title: string;
  content: string;
}

export interface SnippetPart {
  text: string;
  match: boolean;
}

export interface SearchHit {
  id: string;
  title: string;
  snippet: SnippetPart[];
  score: number | null;
}

export interface Page<T> {
  items: T[];
  total: number;
}

export type DatabaseState = "up" | "down" | "unconfigured" | "unknown";

export interface Health {
  status: string;
  version: string;
  commit: string;
  buildDate: string;
  database: DatabaseState;
}
