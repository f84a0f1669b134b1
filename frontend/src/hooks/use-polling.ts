"use client";

import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { type ApiFailure, toFailure } from "@/lib/api-failure";

export interface Polling<T> {
  data: T | null;
  failure: ApiFailure | null;
  checkedAt: Date | null;
  checking: boolean;
  refresh: () => void;
}

interface Reading<T> {
  round: number;
  data: T | null;
  failure: ApiFailure | null;
  checkedAt: Date;
}

/** Loads now and again and again; a page in the background waits until it is seen. */
export function usePolling<T>(
  load: (signal: AbortSignal) => Promise<T>,
  intervalMs: number,
  enabled = true,
): Polling<T> {
  const [round, setRound] = useState(0);
  const [reading, setReading] = useState<Reading<T> | null>(null);
  const loadLatest = useEffectEvent(load);
  const refresh = useCallback(() => setRound((count) => count + 1), []);

  useEffect(() => {
    if (!enabled) return;
    const controller = new AbortController();
    const settle = (data: T | null, failure: ApiFailure | null) => {
      if (controller.signal.aborted) return;
      setReading({ round, data, failure, checkedAt: new Date() });
    };
    loadLatest(controller.signal).then(
      (data) => settle(data, null),
      (error: unknown) => settle(null, toFailure(error)),
    );
    return () => controller.abort();
  }, [enabled, round]);

  useNextRound(reading?.round === round, intervalMs, refresh);

  return {
    data: reading?.data ?? null,
    failure: reading?.failure ?? null,
    checkedAt: reading?.checkedAt ?? null,
    checking: enabled && reading?.round !== round,
    refresh,
  };
}

function useNextRound(settled: boolean, intervalMs: number, next: () => void): void {
  useEffect(() => {
    if (!settled) return;
    const whenVisible = () => {
      if (!document.hidden) next();
    };
    const timer = setTimeout(whenVisible, intervalMs);
    document.addEventListener("visibilitychange", whenVisible);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", whenVisible);
    };
  }, [settled, intervalMs, next]);
}
