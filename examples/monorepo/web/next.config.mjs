export default { output: "standalone", generateBuildId: () => process.env.REVISION || "development" };
