import { act, renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { useQuery } from "./use-query";

type Load = (signal: AbortSignal) => Promise<string>;
const never: Load = () => new Promise(() => undefined);

function setUp(key: string | null, load: Load) {
  const initialProps: { key: string | null; load: Load } = { key, load };
  return renderHook((props) => useQuery(props.key, props.load), { initialProps });
}

describe("a query", () => {
  it("does not load without a key", () => {
    const load = vi.fn(never);
    const { result } = setUp(null, load);
    expect(load).not.toHaveBeenCalled();
    expect(result.current.loading).toBe(false);
  });

  it("never shows the data of another key, and gives up on loading it", async () => {
    const signals: AbortSignal[] = [];
    const { result, rerender } = setUp("one", async (signal) => {
      signals.push(signal);
      return "first";
    });
    await waitFor(() => expect(result.current.data).toBe("first"));
    rerender({ key: "two", load: never });
    expect(result.current).toMatchObject({ data: null, loading: true });
    expect(signals[0]?.aborted).toBe(true);
  });

  it("keeps its data while the same key is loaded again", async () => {
    const { result, rerender } = setUp("one", async () => "first");
    await waitFor(() => expect(result.current.data).toBe("first"));
    rerender({ key: "one", load: async () => "second" });
    act(() => result.current.reload());
    expect(result.current).toMatchObject({ data: "first", loading: true });
    await waitFor(() => expect(result.current.data).toBe("second"));
    expect(result.current.loading).toBe(false);
  });

  it("forgets a failure as soon as it is tried again", async () => {
    const { result, rerender } = setUp("one", () => Promise.reject(new Error("odd")));
    await waitFor(() => expect(result.current.failure?.kind).toBe("unexpected"));
    rerender({ key: "one", load: never });
    act(() => result.current.reload());
    expect(result.current).toMatchObject({ failure: null, loading: true });
  });
});
