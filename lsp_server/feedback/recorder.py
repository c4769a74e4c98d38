"""Writes down what became of suggestions, off the event loop, as far as the settings allow."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ensemble.learning.accepted import WELL_KEPT, AcceptedSuggestion, accepted_of, accepted_store
from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome, outcome_store
from ensemble.learning.row_store import StoreError
from ensemble.routing.hole_features import hole_features, known_language
from ensemble.routing.route import extent_of
from ensemble.trace.trace import Completion
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.snapshot import Snapshot
from lsp_server.documents.document import Document, Edit
from lsp_server.feedback.suggestion import Suggestion
from lsp_server.feedback.tracker import SuggestionTracker
from lsp_server.settings.folders import Folder, Folders

_log = logging.getLogger(__name__)
_LOOK_EVERY = 2.0
_FAREWELL = 2.0


class OutcomeRecorder:
    """The trackers of all documents, from the event loop's side.

    Every method returns at once; files are written by a thread. What cannot be written is logged,
    once, and lost.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._trackers: dict[str, tuple[Document, SuggestionTracker]] = {}
        self._writer = ThreadPoolExecutor(1, "coterie-outcomes")
        self._timer: asyncio.TimerHandle | None = None
        self._has_failed = False
        self._tells = False
        self._closed = False

    def opened(self, document: Document) -> None:
        tracker = SuggestionTracker(
            document.text,
            lambda suggestion: self._report(document, suggestion),
            document.language,
        )
        self._trackers[document.uri] = (document, tracker)

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        whole = any(edit.start is None for edit in edits)
        inserted = None if whole else sum(len(edit.text) for edit in edits)
        self._tell(
            document.uri,
            lambda tracker: tracker.edited(document.text, document.version, inserted, _now()),
        )

    def saved(self, uri: str) -> None:
        self._with_text(uri, SuggestionTracker.saved)

    def visited(self, document: Document) -> None:
        """Nothing: looking at a document decides about no suggestion."""

    def closed(self, document: Document) -> None:
        """Settle what was suggested in a document that is closed, or opened anew."""
        self._with_text(document.uri, SuggestionTracker.closed)
        self._trackers.pop(document.uri, None)

    def refusal(self, snapshot: Snapshot) -> str:
        """Return why nothing is to be suggested by itself now; see `SuggestionTracker.refusal`."""
        known = self._trackers.get(snapshot.uri)
        return known[1].refusal(snapshot, _now()) if known else ""

    def welcome(self, snapshot: Snapshot, offer: Offer) -> Offer:
        """Return what of an offer may come by itself; see `SuggestionTracker.welcome`."""
        known = self._trackers.get(snapshot.uri)
        return known[1].welcome(snapshot, offer, _now()) if known else offer

    def offered(self, name: str, snapshot: Snapshot, offer: Offer, seconds: float) -> None:
        """Note an answer to a request, which took so many seconds.

        A client shows no answer to a state that is no more.
        """
        known = self._trackers.get(snapshot.uri)
        if known is not None and known[0].version == snapshot.version:
            known[1].offered(name, snapshot, offer, seconds, _now())

    def upgraded(self, name: str, uri: str, completions: tuple[Completion, ...]) -> None:
        self._tell(uri, lambda tracker: tracker.upgraded(name, completions))

    def shown(self, name: str) -> None:
        self._tells = True
        self._tell_all(lambda tracker: tracker.shown(name))

    def accepted(self, name: str, index: int) -> None:
        self._tell_all(lambda tracker: tracker.accepted(name, index, _now()))

    def partially_accepted(self, name: str, index: int, units: int) -> None:
        self._tell_all(lambda tracker: tracker.partially_accepted(name, index, units))

    def dismissed(self, name: str) -> None:
        self._tell_all(lambda tracker: tracker.dismissed(name, _now()))

    async def close(self) -> None:
        """End every suggestion and wait, not for long, until all is written."""
        for document, _ in list(self._trackers.values()):
            self.closed(document)
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        written = asyncio.get_running_loop().run_in_executor(None, self._writer.shutdown)
        await asyncio.wait([written], timeout=_FAREWELL)

    def _tell(self, uri: str, event: Callable[[SuggestionTracker], None]) -> None:
        if (known := self._trackers.get(uri)) is not None:
            event(known[1])
            self._look_later()

    def _tell_all(self, event: Callable[[SuggestionTracker], None]) -> None:
        for uri in list(self._trackers):
            self._tell(uri, event)

    def _with_text(self, uri: str, event: Callable[[SuggestionTracker, str, float], None]) -> None:
        if (known := self._trackers.get(uri)) is not None:
            event(known[1], known[0].text, _now())

    def _look_later(self) -> None:
        if self._timer is None and any(tracker.waiting for _, tracker in self._trackers.values()):
            self._timer = asyncio.get_running_loop().call_later(_LOOK_EVERY, self._look)

    def _look(self) -> None:
        self._timer = None
        for uri in list(self._trackers):
            self._with_text(uri, SuggestionTracker.passed)
        self._look_later()

    def _report(self, document: Document, suggestion: Suggestion) -> None:
        folder = self._folders.of(document.governing_file)
        settings = folder.settings
        if not self._closed and (settings.stats_record or settings.distill_record):
            self._writer.submit(self._write, document.file, suggestion, folder)

    def _write(self, file: Path | None, suggestion: Suggestion, folder: Folder) -> None:
        day = datetime.date.today().isoformat()
        try:
            if folder.settings.stats_record:
                outcome_store().append([outcome_of(suggestion, day, tells=self._tells)])
            if folder.settings.distill_record:
                accepted = accepted_from(suggestion, day, file, folder)
                if accepted is not None:
                    accepted_store().append([accepted])
        except StoreError as error:
            if not self._has_failed:
                self._has_failed = True
                _log.warning("what became of suggestions is not recorded: %s", error)
        except Exception:
            _log.exception("what became of a suggestion could not be written down")


def outcome_of(suggestion: Suggestion, day: str, *, tells: bool) -> SuggestionOutcome:
    """Return the figures of a suggestion that has ended. Pure.

    `tells` is whether the client tells what it shows.
    """
    snapshot, completion = suggestion.snapshot, suggestion.completion
    extent = extent_of(snapshot.hole, snapshot.trigger)
    assert suggestion.ending is not None
    was_typed = suggestion.ending is SuggestionEnding.TYPED
    return SuggestionOutcome(
        day=day,
        model=completion.model,
        tier=completion.tier,
        language=known_language(snapshot.hole.language),
        trigger=snapshot.trigger.value,
        ending=suggestion.ending,
        accepted=0.0 if was_typed else round(suggestion.accepted, 3),
        kept=None if suggestion.kept is None else round(suggestion.kept, 3),
        undone=suggestion.undone,
        told=suggestion.told if tells else None,
        remembered=suggestion.remembered,
        latency_ms=round(suggestion.latency * 1000, 1),
        seen_ms=round((suggestion.ended - suggestion.began) * 1000),
        share=round(completion.share, 3),
        characters=len(suggestion.text),
        lines=suggestion.text.count("\n") + 1,
        features=hole_features(snapshot.hole, snapshot.trigger, extent),
        reward_features=suggestion.reward_features,
    )


def accepted_from(
    suggestion: Suggestion, day: str, file: Path | None, folder: Folder
) -> AcceptedSuggestion | None:
    """Return a suggestion as training data, if it was accepted as a whole, stayed, and belongs to a
    file that a prompt may show; None otherwise."""
    stayed = (
        suggestion.ending is SuggestionEnding.ACCEPTED
        and (suggestion.kept or 0.0) >= WELL_KEPT
        and not suggestion.undone
    )
    if not stayed or file is None or folder.rules is None:
        return None
    hole = suggestion.snapshot.hole
    if folder.refusal(file, hole):
        return None
    repository = folder.path.name if folder.path else ""
    return accepted_of(
        day, hole, suggestion.text, suggestion.completion.model, folder.relative(file), repository
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
