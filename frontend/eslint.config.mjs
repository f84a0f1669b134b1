import { defineConfig, globalIgnores } from "eslint/config";
import nextVitals from "eslint-config-next/core-web-vitals";
import nextTypescript from "eslint-config-next/typescript";

export default defineConfig([
  ...nextVitals,
  ...nextTypescript,
  {
    rules: {
      eqeqeq: "error",
      "no-console": ["error", { allow: ["info", "warn", "error"] }],
      "max-lines": ["error", 250],
      "max-lines-per-function": [
        "error",
        { max: 40, skipBlankLines: true, skipComments: true },
      ],
    },
  },
  {
    // A describe block is one function that holds a whole group of tests.
    files: ["**/*.test.ts", "**/*.test.tsx"],
    rules: { "max-lines-per-function": "off" },
  },
  globalIgnores([".next/**", "coverage/**", "next-env.d.ts"]),
]);
