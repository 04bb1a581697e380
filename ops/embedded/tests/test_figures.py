"""The status line's figures come from the processes themselves."""

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ops.embedded import figures
from ops.embedded.figures import Figures, Gauge, memory_bytes, read
from ops.embedded.site import Site
from ops.provision.secrets import Secrets

PAGE = """# HELP tod_polls_observed Polls
tod_polls_observed {observed}
tod_polls_failed{{reason="timeout"}} 1.0
tod_polls_failed{{reason="denied"}} 2.0
tod_poller_devices_held 25.0
"""


@pytest.fixture
def page():
    """A page of metrics; its text can be exchanged."""

    class Answer(BaseHTTPRequestHandler):
        text = PAGE.format(observed="10.0")

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(Answer.text.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Answer, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_metric_is_added_up_over_its_labels(page):
    _, port = page
    sums = read(f"http://127.0.0.1:{port}/metrics")
    assert sums == {"tod_polls_observed": 10.0, "tod_polls_failed": 3.0, "tod_poller_devices_held": 25.0}


def test_rates_are_taken_from_one_time_to_the_next(page, tmp_path: Path):
    answer, port = page
    gauge = Gauge(Site(tmp_path, {"pollers-metrics": port}, Secrets(tmp_path)))
    assert gauge.take([], now=100.0) == Figures(devices=25)
    assert gauge.take([], now=101.0) == Figures(devices=25), "too early to ask again"
    answer.text = PAGE.format(observed="15.0")
    assert gauge.take([], now=110.0) == Figures(devices=25, polls_per_second=0.5, failed_per_second=0.0)
    answer.text = PAGE.format(observed="1.0")
    assert gauge.take([], now=120.0).polls_per_second is None, "it was started again and counts anew"


def test_where_nobody_answers_there_are_no_figures():
    assert read("http://127.0.0.1:1/metrics") == {}


def test_the_memory_of_a_process_is_known_and_that_of_none_is_nothing():
    assert memory_bytes(os.getpid()) > 10 * figures.MEBIBYTE
    assert memory_bytes(2**22 + 1) == 0


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (Figures(memory_bytes=3 * figures.MEBIBYTE), "3 MiB"),
        (
            Figures(devices=25, polls_per_second=0.42, failed_per_second=0.1, memory_bytes=0),
            "25 devices  0.4 polls/s  0.1 failing/s  0 MiB",
        ),
    ],
)
def test_figures_read_well(shown: Figures, text: str):
    assert str(shown) == text
