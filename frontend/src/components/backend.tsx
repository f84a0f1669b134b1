"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { type Polling, usePolling } from "@/hooks/use-polling";
import { type Api, createApi } from "@/lib/api";
import type { Health } from "@/lib/api-types";
import type { ApiAddress } from "@/lib/settings";
import { Notice } from "./notice";

export const HEALTH_INTERVAL_SECONDS = 15;

interface BackendValue {
  api: Api | null;
  address: ApiAddress;
  health: Polling<Health>;
}

const BackendContext = createContext<BackendValue | null>(null);

interface BackendProps {
  address: ApiAddress;
  /** A stand-in for tests. */
  api?: Api;
  children: ReactNode;
}

export function Backend({ address, api: given, children }: BackendProps) {
  const url = address.ok ? address.url : null;
  const api = useMemo(
    () => given ?? (url === null ? null : createApi(url)),
    [given, url],
  );
  const health = usePolling(
    (signal) => (api ? api.health(signal) : Promise.reject(new Error("no API"))),
    HEALTH_INTERVAL_SECONDS * 1000,
    api !== null,
  );
  return (
    <BackendContext value={{ api, address, health }}>{children}</BackendContext>
  );
}

export function useBackend(): BackendValue {
  const value = useContext(BackendContext);
  if (value === null) {
    throw new Error("useBackend was called outside <Backend>. Wrap the page in it.");
  }
  return value;
}

/** The API, for components that are rendered inside <RequireApi>. */
export function useApi(): Api {
  const { api } = useBackend();
  if (api === null) {
    throw new Error("useApi was called without an API. Wrap the caller in <RequireApi>.");
  }
  return api;
}

/** Keeps pages that need the API from rendering while its address is unusable. */
export function RequireApi({ children }: { children: ReactNode }) {
  const { api, address } = useBackend();
  if (api !== null) return children;
  return (
    <Notice tone="error" title="The address of the API is not usable">
      <p>{address.ok ? "No API is set." : address.message}</p>
    </Notice>
  );
}
