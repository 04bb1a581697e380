"""Ports are the usual ones when they are free, and stay what they were."""

import socket
from pathlib import Path

import pytest

from ops.embedded import ports


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind((ports.LOOPBACK, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_not_free(taken: int):
    assert not ports.is_free(taken)


def test_every_server_gets_a_port_of_its_own(tmp_path: Path):
    chosen = ports.choose(tmp_path / "ports.json", takes_usual=False)
    assert chosen.keys() == ports.USUAL.keys()
    assert len(set(chosen.values())) == len(chosen)


def test_the_same_ports_are_taken_again(tmp_path: Path):
    first = ports.choose(tmp_path / "ports.json", takes_usual=False)
    assert ports.choose(tmp_path / "ports.json") == first
    assert ports.read(tmp_path / "ports.json") == first


def test_a_port_that_somebody_else_took_meanwhile_is_replaced(tmp_path: Path, taken: int):
    (tmp_path / "ports.json").write_text(f'{{"http": {taken}}}')
    assert ports.choose(tmp_path / "ports.json", takes_usual=False)["http"] != taken


def test_a_port_asked_for_goes_before_the_one_of_last_time(tmp_path: Path, taken: int):
    first = ports.choose(tmp_path / "ports.json", takes_usual=False)
    other = next(port for port in ports.FREE_RANGE if ports.is_free(port) and port not in first.values())
    assert ports.choose(tmp_path / "ports.json", asked={"http": other})["http"] == other
    assert ports.choose(tmp_path / "ports.json", asked={"http": taken})["http"] != taken


def test_where_nothing_was_started_there_are_no_ports(tmp_path: Path):
    assert ports.read(tmp_path / "ports.json") == {}
