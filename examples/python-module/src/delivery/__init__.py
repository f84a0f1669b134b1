"""A delivery with a stage of its own: the image is published when it keeps what its clients were promised."""

from typing import Annotated

import dagger
import httpx
from dagger import Doc, dag, function, object_type

Source = Annotated[dagger.Directory, Doc("A Go service that answers /version")]


@object_type
class Delivery:
    """From the source to a registry, with a contract in between."""

    @function
    async def contract(self, source: Source) -> str:
        """The stage of our own: start the image, and ask it what clients ask. Any code may stand here."""
        service = await dag.pipeline().go_app("shop", source).build().service().start()
        try:
            async with httpx.AsyncClient(base_url=await service.endpoint(scheme="http")) as client:
                answer = (await client.get("/version")).raise_for_status()
        finally:
            await service.stop(kill=True)
        text = answer.text.strip()
        missing = {"version", "commit", "built"} - answer.json().keys()
        if missing:
            raise ValueError(f"clients read {', '.join(sorted(missing))} of /version, and it says {text}")
        return f"contract kept: {text}"

    @function(cache="never")
    async def deliver(
        self,
        source: Source,
        to: Annotated[str, Doc("Repository, such as ghcr.io/acme/shop")],
        registry: Annotated[dagger.Service | None, Doc("One of this machine, as tcp://127.0.0.1:5000")] = None,
    ) -> str:
        """Smoke-test, scan, hold to the contract, publish: what fails ends it."""
        image = dag.pipeline(registry=registry).go_app("shop", source).build()
        said = [await image.smoke(), await self.contract(source)]
        await image.scan().gate()
        return "\n".join([*said, await image.publish(to).reference()])
