"use client";

import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { type ApiFailure, toFailure } from "@/lib/api-failure";

export interface Query<T> {
  data: T | null;
  failure: ApiFailure | null;
  loading: boolean;
  reload: () => void;
}

interface Settled<T> {
  key: string;
  attempt: number;
  data: T | null;
  failure: ApiFailure | null;
}

/**
 * Loads once for each key; `null` means that there is nothing to load. While
 * the same key is reloaded its last data stays, so that a list does not flash.
 */
export function useQuery<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
): Query<T> {
  const [attempt, setAttempt] = useState(0);
  const [settled, setSettled] = useState<Settled<T> | null>(null);
  const loadLatest = useEffectEvent(load);

  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    const settle = (data: T | null, failure: ApiFailure | null) => {
      if (!controller.signal.aborted) setSettled({ key, attempt, data, failure });
    };
    loadLatest(controller.signal).then(
      (data) => settle(data, null),
      (error: unknown) => settle(null, toFailure(error)),
    );
    return () => controller.abort();
  }, [key, attempt]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  const known = settled?.key === key ? settled : null;
  const current = known?.attempt === attempt;
  return {
    data: known?.data ?? null,
    failure: current ? (known?.failure ?? null) : null,
    loading: key !== null && !current,
    reload,
  };
}
