"""An object of another module, as `kind_app` gets it."""

import dataclasses

import dagger


@dataclasses.dataclass(frozen=True)
class Packed:
    """Makes of a source a file that says for what it was made."""

    file: str

    def package(self, source: dagger.Directory, platform: str, version: str) -> dagger.Directory:
        """The source with the file."""
        return source.with_new_file(self.file, f"{version} for {platform}")
