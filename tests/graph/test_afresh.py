"""A Dockerfile that does the same as another, and runs every command anew."""

import pytest

from pipeline.nodes.afresh import afresh

ARG = "ARG PIPELINE_SALT"
ID = "-${PIPELINE_SALT}"


def test_every_stage_declares_the_salt() -> None:
    """Right after its FROM, also where that is written in small letters or over two lines."""
    text = "# syntax=docker/dockerfile:1\nARG BASE=a\nFROM ${BASE} AS one\nRUN make\nfrom \\\n  two\nCOPY . /\n"
    assert afresh(text) == (
        f"# syntax=docker/dockerfile:1\nARG BASE=a\nFROM ${{BASE}} AS one\n{ARG}\nRUN make\n"
        f"from \\\n  two\n{ARG}\nCOPY . /\n"
    )


@pytest.mark.parametrize(
    ("mount", "renamed"),
    [
        ("type=cache,target=/c", f"type=cache,target=/c,id=/c{ID}"),
        ("type=cache,dst=/c,sharing=locked", f"type=cache,dst=/c,sharing=locked,id=/c{ID}"),
        ("type=cache,id=apt,target=/c", f"type=cache,target=/c,id=apt{ID}"),
        ("target=/c,type=cache", f"target=/c,type=cache,id=/c{ID}"),
        ("type=secret,id=token", "type=secret,id=token"),
        ("type=bind,source=cache,target=/c", "type=bind,source=cache,target=/c"),
    ],
)
def test_a_cache_mount_gets_an_id_of_its_own(mount: str, renamed: str) -> None:
    """Other mounts stay, and so does what looks like one in the command."""
    command = "echo --mount=type=cache,target=/c"
    text = f"FROM a\nRUN --network=none \\\n  --mount={mount} {command}\n"
    assert afresh(text) == f"FROM a\n{ARG}\nRUN --network=none \\\n  --mount={renamed} {command}\n"


@pytest.mark.parametrize("start", ["RUN cat > /x <<EOF", "COPY <<-'EOF' /x", 'COPY <<"A" <<EOF /', "RUN 3<<EOF cat"])
def test_a_here_document_is_no_instruction(start: str) -> None:
    """What it says is content, and stays as it is."""
    inner = "A\n" if '"A"' in start else ""
    end = "\tEOF" if "<<-" in start else "EOF"
    text = f"FROM a\n{start}\n{inner}FROM b\nRUN --mount=type=cache,target=/c x\n{end}\nFROM c\n"
    assert afresh(text) == text.replace("FROM a\n", f"FROM a\n{ARG}\n").replace("FROM c\n", f"FROM c\n{ARG}\n")


def test_a_continued_command_is_no_instruction() -> None:
    """Nor are comments and blank lines in it; the character that continues is the file's to choose."""
    text = "FROM a\nRUN echo \\\n# FROM x\n\n  FROM y \\\nFROM z\nRUN true\n"
    assert afresh(text) == text.replace("FROM a\n", f"FROM a\n{ARG}\n")
    backtick = "# escape=`\nFROM a\nRUN echo c:\\\nRUN echo `\nFROM b\n"
    assert afresh(backtick) == backtick.replace("FROM a\n", f"FROM a\n{ARG}\n")


def test_a_file_without_an_end_or_an_instruction_is_kept() -> None:
    """What is wrong with it is the builder's to say."""
    assert afresh("FROM a") == f"FROM a\n{ARG}\n"
    assert afresh("") == "\n"
    assert afresh("RUN cat <<EOF\nFROM a") == f"RUN cat <<EOF\nFROM a\n{ARG}\n"
