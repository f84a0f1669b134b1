import { createApi } from "@/lib/api";
import { ApiError } from "@/lib/api-failure";
import type { ServerCheck } from "@/lib/server-check";
import { internalApiAddress } from "@/lib/settings";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  return Response.json(await check(), { headers: { "Cache-Control": "no-store" } });
}

// The internal address is not for visitors, so no answer repeats it.
async function check(): Promise<ServerCheck> {
  const address = internalApiAddress(process.env);
  if (address === null) return { state: "not-configured" };
  if (!address.ok) return { state: "misconfigured" };
  try {
    const { version, database } = await createApi(address.url).health();
    return { state: "reachable", version, database };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(error.message);
    return { state: "unreachable" };
  }
}
