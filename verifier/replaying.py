"""tanji-verify --replay: a saved verdict reached again from its inputs, with no network and no clock (docs/spec/10)."""

from __future__ import annotations

from typing import TextIO

from verifier.command import EXIT_UNREADABLE, EXITS, Voice
from verifier.deployment import parse_deployment
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.inputs import UsageError, read_file
from verifier.saved import MAX_BYTES, parse_saved, replay, same_verdict
from verifier.state import open_view


def run_replay(file: str, deployment: str | None, voice: Voice, out: TextIO) -> int:
    """Judge again and compare; the exit code is the verdict's, 4 where it is not the one saved.

    `deployment`: the asker's own pinned one, which must then be the one saved.

    Raises:
        UsageError: a file cannot be read, or the deployments differ.
        VerifierError: the document is malformed.
    """
    from verifier.report import COLOURS, PLAIN, Shown, render, trust_document

    saved = parse_saved(read_file(file, MAX_BYTES))
    if deployment is not None and parse_deployment(read_file(deployment, SMALL_DOCUMENT_BYTES)) != saved.deployment:
        raise UsageError("保存的结论属于另一部署 the saved verdict is of another deployment than --deployment")
    verdict = replay(saved)
    same = same_verdict(saved, verdict)
    shown = Shown(
        file=file,
        evidence=saved.evidence,
        verdict=verdict,
        view=open_view(saved.snapshot, saved.trust, saved.deployment),
        trust=saved.trust,
    )
    if voice == "json":
        import orjson

        document = {"file": file, "replayed": same, **verdict.to_json(), "trust": trust_document(shown)}
        print(orjson.dumps(document).decode(), file=out)
    else:
        for line in render(shown, COLOURS if voice == "colour" else PLAIN):
            print(line, file=out)
        told = (
            "与保存的结论一致 the same verdict as saved" if same else "与保存的结论不同 NOT the verdict that was saved"
        )
        print(f"  {'=' if same else '≠'} {told}\n", file=out)
    return EXITS[verdict.outcome] if same else EXIT_UNREADABLE
