import type { NextConfig } from "next";
import packageJson from "./package.json";

// `||` on purpose: a build argument that was declared but not given arrives as
// an empty string.
const version = process.env.NEURONIP_VERSION || packageJson.version;
const commit = process.env.NEURONIP_REVISION || "unknown";
const buildId = process.env.BUILD_ID || process.env.NEURONIP_REVISION || packageJson.version;

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
  {
    key: "Permissions-Policy",
    value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  },
];

// Images are not optimized, so the native image library, whose packages differ
// between platforms, and its helpers would be dead weight.
const notForTheServer = [
  "./node_modules/sharp/**/*",
  "./node_modules/@img/**/*",
  "./node_modules/detect-libc/**/*",
  "./node_modules/semver/**/*",
];

const nextConfig: NextConfig = {
  output: "standalone",
  // Both roots are pinned so that a lock file in a parent folder cannot move
  // the layout of the standalone output.
  outputFileTracingRoot: __dirname,
  turbopack: { root: __dirname },
  generateBuildId: () => buildId,
  env: { NEURONIP_VERSION: version, NEURONIP_REVISION: commit },
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  // `productionBrowserSourceMaps` leaves empty maps next to the server code.
  experimental: { turbopackSourceMaps: process.env.NODE_ENV === "development" },
  // The server runs on a read-only file system, so neither pages nor images may
  // be cached in its folder.
  cacheMaxMemorySize: 0,
  images: { unoptimized: true, maximumDiskCacheSize: 0 },
  outputFileTracingExcludes: { "**": notForTheServer },
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default nextConfig;
