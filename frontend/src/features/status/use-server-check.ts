"use client";

import { HEALTH_INTERVAL_SECONDS } from "@/components/backend";
import { usePolling } from "@/hooks/use-polling";
import { describeServerCheck, type ServerCheck } from "@/lib/server-check";

/** Tells a dead API from one that only browsers cannot reach; null when not enabled. */
export function useServerCheck(enabled: boolean): string | null {
  const { data, failure } = usePolling(load, HEALTH_INTERVAL_SECONDS * 1000, enabled);
  if (!enabled) return null;
  return failure ? "the check failed" : describeServerCheck(data);
}

async function load(signal: AbortSignal): Promise<ServerCheck> {
  const response = await fetch("/status/server-check", { cache: "no-store", signal });
  if (!response.ok) throw new Error(`The front end answered with status ${response.status}.`);
  return (await response.json()) as ServerCheck;
}
