import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, createNonce } from "@/lib/csp";
import { publicApiAddress } from "@/lib/settings";

export function proxy(request: NextRequest): NextResponse {
  const address = publicApiAddress(process.env);
  const policy = contentSecurityPolicy({
    nonce: createNonce(),
    apiOrigin: address.ok ? address.origin : null,
    development: process.env.NODE_ENV === "development",
  });
  // Next reads the nonce from the policy on the request and puts it on the
  // scripts it renders; the browser needs the policy on the response.
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

export const config = {
  matcher: ["/((?!_next/static|icon.svg).*)"],
};
