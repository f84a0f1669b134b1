"""Sources with something wrong in them, as files by name."""

import json
from typing import Final

KEY: Final = "-----BEGIN RSA {} KEY-----\n{}\n-----END RSA {} KEY-----\n"


def private_key() -> str:
    """A private key that nobody has: put together here, so that no scanner takes this file for one."""
    word = "PRIVATE"
    return KEY.format(word, "\n".join(["MIIEpAIBAAKCAQEA7bq9W3xkq1v0m2yX8Zt5rN4cJpLhUeKdQsTfGyHwIoPaSzRb"] * 12), word)


def package_lock(**packages: str) -> str:
    """A package-lock.json with these packages in these versions."""
    found = {f"node_modules/{name}": {"version": version} for name, version in packages.items()}
    root = {"": {"name": "tool", "dependencies": packages}}
    return json.dumps({"name": "tool", "lockfileVersion": 3, "packages": root | found})


def package(name: str, version: str) -> dict[str, str]:
    """A package as npm installs it, under its folder in node_modules."""
    return {f"node_modules/{name}/package.json": json.dumps({"name": name, "version": version})}


def waivers(kind: str, finding: str, until: str, statement: str = "we looked at it") -> dict[str, str]:
    """A .trivyignore.yaml with one entry."""
    entry = f"{kind}:\n  - id: {finding}\n    statement: {statement}\n    expired_at: {until}\n"
    return {".trivyignore.yaml": entry}


def image(files: dict[str, str], base: str = "gcr.io/distroless/static-debian13:nonroot") -> dict[str, str]:
    """A Dockerfile that copies these files onto a base, and the files."""
    copies = "".join(f"COPY {name} /app/{name}\n" for name in files)
    return files | {"Dockerfile": f"FROM {base}\n{copies}USER 65532:65532\n"}
