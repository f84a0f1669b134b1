import { buildInfo } from "@/lib/build-info";
import { internalApiAddress, publicApiAddress } from "@/lib/settings";

/** Runs once when the server starts, so that a bad setting is in the log. */
export function register(): void {
  const { version, commit } = buildInfo;
  console.info(`NeuronIP front end ${version}, commit ${commit}.`);

  const address = publicApiAddress(process.env);
  if (address.ok) {
    console.info(`Browsers are told to call the API at ${address.url}.`);
  } else {
    console.error(address.message);
  }

  const internal = internalApiAddress(process.env);
  if (internal?.ok === false) console.error(internal.message);
}
