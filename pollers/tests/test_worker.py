"""Jobs on a real bus against simulated routers."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from contracts.devices import LoginProbed, ProbeLogin
from contracts.language.errors import Unavailable
from contracts.language.identity import JobId
from contracts.language.transport import Transport
from ops.simulator import Fleet
from pollers.catalog import JOBS
from pollers.engine.job import Job
from pollers.engine.worker import run_jobs
from pollers.tests.scenes import PlainOpener, added, credential, fact, recorded, reported


@pytest.fixture
async def buses(connect_bus):
    return [await connect_bus(user) for user in ("commands", "pollers", "projections")]


@asynccontextmanager
async def working(bus, *, jobs=JOBS, opener=None):
    task = asyncio.create_task(run_jobs(bus, opener or PlainOpener(), jobs=jobs))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])


def probe(fleet, router, **given):
    device = added(fleet, router)
    given = {"credential": device.credential, "address": device.address} | given
    return ProbeLogin(job_id=JobId(uuid4()), device_id=device.device_id, **given)


async def test_a_login_that_works_says_who_is_there(buses, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path, boards=("rb5009-7.9",)) as fleet, working(pollers):
        job = probe(fleet, fleet.routers[0])
        await commands.publish(fact(job))
        (report,) = await reported(reader, LoginProbed, bool)
        assert (report.job_id, report.device_id, report.code) == (job.job_id, job.device_id, "")
        assert (report.rung, report.identity) == (Transport.PLAIN, fleet.routers[0].identity)
        assert report.routeros_version.startswith("7.9")
        assert report.took_ms > 0


async def test_a_login_that_does_not_work_is_an_outcome_and_not_tried_again(buses, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, working(pollers):
        await commands.publish(fact(probe(fleet, fleet.routers[0], credential=credential("wrong"))))
        (report,) = await reported(reader, LoginProbed, bool)
        assert report.code == "device.denied"
        assert "wrong" not in report.message.replace("the password is wrong", "")


async def test_a_job_is_gone_from_the_queue_when_its_report_is_stored(buses, tmp_path):
    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, working(pollers):
        await commands.publish_many([fact(probe(fleet, fleet.routers[0])) for _ in range(5)])
        await reported(reader, LoginProbed, lambda reports: len(reports) == 5)
        await recorded(reader, lambda found: not found, stream="JOBS", filters="tod.*.job.>")


def saying(message):
    async def act(job, tenant_id, tools):
        return LoginProbed(job_id=job.job_id, device_id=job.device_id, message=message)

    return act


async def test_a_job_that_an_earlier_attempt_may_have_done_is_looked_at_and_not_done_again(buses, tmp_path):
    commands, pollers, reader = buses
    begun = []

    async def die_once(job, tenant_id, tools):
        begun.append(job.job_id)
        raise Unavailable("in the middle of it")

    jobs = (Job(ProbeLogin, do=die_once, look=saying("looked")),)
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, working(pollers, jobs=jobs):
        await commands.publish(fact(probe(fleet, fleet.routers[0])))
        (report,) = await reported(reader, LoginProbed, bool)
        assert report.message == "looked"
        assert len(begun) == 1


async def test_a_job_waits_for_the_key_service(buses, tmp_path):
    class Late(PlainOpener):
        asked = 0

        async def open(self, sealed, context):
            self.asked += 1
            if self.asked == 1:
                raise Unavailable("no key service")
            return await super().open(sealed, context)

    commands, pollers, reader = buses
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, working(pollers, opener=Late()):
        await commands.publish(fact(probe(fleet, fleet.routers[0])))
        (report,) = await reported(reader, LoginProbed, bool)
        assert report.code == ""


async def test_a_job_that_breaks_is_parked_with_its_error_and_the_next_one_is_done(buses, tmp_path):
    commands, pollers, reader = buses

    async def break_once(job, tenant_id, tools):
        if job.fingerprint:
            raise ZeroDivisionError("a mistake of ours")
        return await saying("done")(job, tenant_id, tools)

    jobs = (Job(ProbeLogin, do=break_once, look=break_once),)
    async with Fleet(devices=1, data_dir=tmp_path) as fleet, working(pollers, jobs=jobs):
        await commands.publish(fact(probe(fleet, fleet.routers[0], fingerprint="ab")))
        await commands.publish(fact(probe(fleet, fleet.routers[0])))
        (report,) = await reported(reader, LoginProbed, bool)
        assert report.message == "done"
        (parked,) = await reader.history("PARKED", "tod.*.parked.>")
        assert "a mistake of ours" in parked.headers["tod-error"]
        assert parked.headers["tod-parked-by"] == "jobs"
