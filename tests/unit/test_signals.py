"""What ends a command from outside: held back, taken as an exception, and given back as it was."""

from __future__ import annotations

import signal
import threading

import pytest

from pep786 import signals

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows holds no signal back")


def test_one_is_held_back_until_the_block_is_left() -> None:
    reached = []

    def hold() -> None:
        with signals.uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            reached.append("the end of the block")

    with signals.taken(), pytest.raises(signals.Interrupted) as caught:
        hold()
    assert reached
    assert (caught.value.number, caught.value.status) == (signal.SIGTERM, 128 + signal.SIGTERM)


def test_the_first_may_wait_and_the_second_does_not() -> None:
    with signals.taken(later=True) as pending:
        signal.raise_signal(signal.SIGHUP)
        assert pending == [signal.SIGHUP]
        with pytest.raises(signals.Interrupted):
            signal.raise_signal(signal.SIGTERM)


def test_who_took_them_before_has_them_after() -> None:
    def mine(*_: object) -> None: ...

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with signals.taken():
            assert signal.getsignal(signal.SIGTERM) is not mine
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_ignored_one_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.taken() as pending:
            signal.raise_signal(signal.SIGHUP)
        assert pending == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_takes_none_and_does_not_fail() -> None:
    handlers = []

    def work() -> None:
        with signals.taken():
            handlers.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [before]


def test_without_masks_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")
    with signals.uninterrupted():
        held = True
    assert held
