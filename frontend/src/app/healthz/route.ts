import { buildInfo } from "@/lib/build-info";

export const dynamic = "force-dynamic";

/** Says that this server answers. It does not ask the API: a front end without one still works. */
export function GET(): Response {
  return Response.json(
    { status: "ok", version: buildInfo.version, commit: buildInfo.commit },
    { headers: { "Cache-Control": "no-store" } },
  );
}
