"""What is deployed is what the images are: their ports, paths and commands."""

import re

from pipeline import pins
from pipeline.main import Pipeline
from pipeline.nodes.recipe import USER
from pipeline.policy import deployment


def test_ports_and_checks_are_those_of_the_images(pipeline: Pipeline) -> None:
    """A health check that an image does not have would never succeed."""
    api, frontend = pipeline.api(), pipeline.frontend()
    assert (api.run.port, api.run.health_path) == (deployment.API_PORT, deployment.API_ALIVE)
    assert (frontend.run.port, frontend.run.health_path) == (deployment.FRONTEND_PORT, deployment.FRONTEND_ALIVE)
    assert api.health_command == list(deployment.API_CHECK)
    assert frontend.health_command == list(deployment.FRONTEND_CHECK)
    assert f"{deployment.USER}:{deployment.USER}" == USER


def test_the_user_of_the_database_is_that_of_its_image() -> None:
    """Alpine's images have 70 for it; so long as the pinned one is Alpine's, no one has to say it."""
    assert re.search(r":17\.[0-9.]+-alpine", pins.POSTGRES)
