export interface BuildInfo {
  version: string;
  commit: string;
}

// next.config.ts fixes both while building, so a run-time variable of the same
// name cannot make a running image claim to be another one.
export const buildInfo: BuildInfo = {
  version: process.env.NEURONIP_VERSION ?? "unknown",
  commit: process.env.NEURONIP_REVISION ?? "unknown",
};
