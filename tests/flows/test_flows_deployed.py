"""The deployments as a user has them: `prefect deploy --all`, a worker somewhere else, runs asked for with parameters."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feeds
import web
from postetl import locks, warehouse
from prefect_flows import Flows, running_worker, wait_for
from prefect_server import PrefectServer


def write_sources(home: Path, *sources: tuple[str, str]) -> None:
    parts = [f'[[source]]\nid = "{name}"\nurl = "{url}"\nallow_private = true\ndelay = 0.0\n' for name, url in sources]
    (home / "sources.toml").write_text('[defaults]\ncontact = "test@example.org"\ntimeout = 20\n' + "".join(parts), "utf-8")


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with warehouse.connect(home) as con:
        return list(con.execute(query).fetchall())


FEED = feeds.rss(
    feeds.entry("a", title="Old", date="Tue, 04 Sep 2018 10:00:00 GMT"),
    feeds.entry("b", title="First of the window", date="Tue, 01 Jan 2019 00:00:00 GMT"),
    feeds.entry("c", title="Within", date="Sat, 01 Jun 2019 10:00:00 GMT"),
    feeds.entry("d", title="First after it", date="Wed, 01 Jan 2020 00:00:00 GMT"),
    feeds.entry("e", title="Undated", date=None),
)


def test_three_deployments_documented_and_their_schedules_make_runs(flows: Flows, deployed: str) -> None:
    found = {deployment["name"]: deployment for deployment in flows.ask("/deployments/filter", {})}
    assert sorted(found) == ["backfill", "ingest", "maintain"]
    for deployment in found.values():
        assert deployment["description"], "the flow's docstring is shown in the UI"
        parameters = deployment["parameter_openapi_schema"]["properties"]
        assert {"home", "sources"} <= set(parameters)
        assert all(parameter.get("description") for parameter in parameters.values()), parameters
        assert deployment["work_pool_name"] == "postetl"
    assert found["ingest"]["schedules"][0]["schedule"] == {"cron": "5 * * * *", "timezone": "UTC", "day_or": True}
    assert found["maintain"]["schedules"] and not found["backfill"]["schedules"]
    assert found["ingest"]["global_concurrency_limit"]["limit"] == 1
    assert found["ingest"]["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert found["backfill"]["parameter_openapi_schema"]["required"] == ["source"]
    assert found["backfill"]["parameter_openapi_schema"]["properties"]["since"]["anyOf"][0]["format"] == "date"

    # a schedule makes runs: with SQLAlchemy 2.1 under Prefect 3.8.8 runs by hand went well, and none ever fired
    [deployment] = flows.ask("/deployments/filter", {"deployments": {"name": {"any_": ["maintain"]}}})
    path = f"/deployments/{deployment['id']}"
    flows.ask(f"{path}/schedules/{deployment['schedules'][0]['id']}", {"active": True}, "PATCH")
    flows.ask(f"{path}/schedule", {"min_runs": 2, "max_runs": 2})
    found = flows.runs(deployment_id={"any_": [deployment["id"]]}, state={"type": {"any_": ["SCHEDULED"]}})
    flows.ask(f"{path}/schedules/{deployment['schedules'][0]['id']}", {"active": False}, "PATCH")
    assert {run["expected_start_time"][11:16] for run in found} == {"03:40"} and all(run["auto_scheduled"] for run in found)


def test_backfill_with_a_window_reaches_the_database(flows: Flows, worker: None, home: Path) -> None:
    with web.serve({"/feed.xml": web.Answer(body=FEED, content_type="application/rss+xml")}) as site:
        write_sources(home, ("river", site.url("/feed.xml")), ("other", site.url("/other.xml")))
        asked = flows.server.prefect(
            "deployment", "run", "backfill/backfill", "--param", "source=river", "--param", "since=2019-01-01",
            "--param", "until=2020-01-01", "--param", f"home={home}",
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        [deployment] = flows.ask("/deployments/filter", {"deployments": {"name": {"any_": ["backfill"]}}})
        [run] = flows.ask("/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}})
        run = flows.ended(run["id"])
    assert run["state"]["name"] == "Completed", (run["state"], flows.logs(run["id"]))
    assert run["name"] == "backfill river 2019-01-01..2020-01-01"
    assert site.hits("/other.xml") == 0
    assert rows(home, "select title from posts order by published_at") == [("First of the window",), ("Within",)]
    # logs and the states of tasks reach the server after the run's own end
    wait_for(lambda: sorted(flows.tasks(run["id"]).values()) == ["Completed"] * 2, 30, "the end of both tasks")
    assert sorted(name.split()[0] for name in flows.tasks(run["id"])) == ["batch", "load"] and "batch river" in flows.tasks(run["id"])
    artifacts = flows.artifacts(run["id"])
    assert set(artifacts) == {"backfill-summary", "backfill-rejects", "backfill-progress"}
    assert "| river | feed | 2 | 2 |" in artifacts["backfill-summary"]
    assert "2018-09-04" in artifacts["backfill-summary"], "the oldest date it could reach"
    assert artifacts["backfill-progress"] == 100
    wait_for(lambda: "river: 2 posts, 2 new" in flows.logs(run["id"]), 30, "the log line of the source")
    assert not list((home / "locks" / "flowruns").iterdir())


@pytest.mark.slow
def test_a_killed_flow_is_crashed_after_maintain(flows: Flows, prefect_server: PrefectServer, home: Path) -> None:
    """Nobody watches a flow that was started by hand: Prefect alone would show it as running for ever."""
    with web.serve({"/slow.xml": web.Answer(body=FEED, delay=60)}) as site:
        write_sources(home, ("slow", site.url("/slow.xml")))
        process = flows.start("ingest", home=home)
        try:
            wait_for(lambda: site.hits("/slow.xml"), 60, "the flow's first request")
        finally:
            process.kill()
            process.wait()
        killed = flows.newest("ingest")
        assert killed["name"] == "ingest slow" and killed["state"]["type"] == "RUNNING"
        (home / "locks" / "flowruns" / "torn.json").write_text("{")  # a stranger's file must not stop it
        assert flows.by_hand("maintain", home=home) == 0, (home / "maintain.log").read_text()
    state = flows.run(killed["id"])["state"]
    assert (state["type"], str(process.pid) in state["message"]) == ("CRASHED", True)
    assert not list((home / "locks" / "flowruns").iterdir())
    done = flows.newest("maintain")
    assert "run had died" in done["state"]["message"] or "runs had died" in done["state"]["message"]
    assert {"what", "size", "bytes"} <= set(flows.artifacts(done["id"])["maintain-sizes"][0])


@pytest.mark.slow
def test_failed_sources_end_the_flow_by_name_and_retry_nothing(flows: Flows, home: Path) -> None:
    with web.serve({"/feed.xml": web.Answer(body=FEED, content_type="application/rss+xml"), "/bad.xml": web.Answer(status=404)}) as site:
        write_sources(home, ("good", site.url("/feed.xml")), ("bad", site.url("/bad.xml")))
        assert flows.by_hand("ingest", home=home) == 0
        run = flows.newest("ingest")
        assert (run["name"], run["state"]["type"], run["state"]["name"]) == ("ingest good, bad", "COMPLETED", "Partly failed")
        assert "bad (not_found)" in run["state"]["message"]
        assert {"source": "bad", "reason": "not_found"}.items() <= flows.artifacts(run["id"])["ingest-rejects"][0].items()
        assert site.hits("/bad.xml") == 1 and run["run_count"] == 1
        site.routes["/feed.xml"] = web.Answer(status=410)
        assert flows.by_hand("ingest", home=home) != 0
        assert flows.newest("ingest")["state"]["type"] == "FAILED"
    assert rows(home, "select count(*) from posts") == [(5,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flow", "args", "key", "says"),
    [("ingest", (), "urll", "unknown key 'urll'"), ("maintain", (), "urll", "unknown key 'urll'"), ("backfill", ("nosuch",), "url", "no source 'nosuch'")],
)
def test_a_mistake_ends_a_flow_with_what_to_mend(flows: Flows, home: Path, flow: str, args: tuple[str, ...], key: str, says: str) -> None:
    (home / "sources.toml").write_text(f'[[source]]\nid = "river"\n{key} = "http://127.0.0.1:1/feed.xml"\n')
    assert flows.by_hand(flow, *args, home=home) != 0
    run = flows.newest(flow)
    assert run["state"]["type"] == "FAILED" and says in run["state"]["message"]
    assert not run["state"]["message"].startswith("Flow run encountered"), "an exception and its traceback"
    wait_for(lambda: says in flows.logs(run["id"]), 30, "the log line")
    assert "Traceback" not in flows.logs(run["id"])


@pytest.mark.slow
def test_a_run_beside_another_is_refused_by_name(flows: Flows, home: Path) -> None:
    with web.serve({"/feed.xml": web.Answer(body=FEED, content_type="application/rss+xml")}) as site:
        write_sources(home, ("river", site.url("/feed.xml")))
        with locks.hold(home / "locks" / "run.lock", command="postetl run", wait=0):
            flows.by_hand("ingest", home=home)
        state = flows.newest("ingest")["state"]
        assert (state["type"], state["name"]) == ("CANCELLED", "Refused") and "postetl run (pid" in state["message"]
        assert site.requests == []


@pytest.mark.slow
def test_a_machine_that_slept_catches_up_once(flows: Flows, deployed: str, home: Path, tmp_path: Path) -> None:
    """Three runs come due while no worker is there: the first asks the sources, the other two end as skipped."""
    [deployment] = flows.ask("/deployments/filter", {"deployments": {"name": {"any_": ["ingest"]}}})
    with web.serve({"/feed.xml": web.Answer(body=FEED, content_type="application/rss+xml")}) as site:
        write_sources(home, ("river", site.url("/feed.xml")))
        flows.ask("/work_pools/postetl", {"is_paused": True}, "PATCH")
        asleep = datetime.now(UTC) - timedelta(hours=3)
        rule = f"DTSTART:{asleep:%Y%m%dT%H%M%S}\nRRULE:FREQ=HOURLY;COUNT=3"
        schedule = {"schedule": {"rrule": rule, "timezone": "UTC"}, "active": True, "parameters": {"home": str(home)}}
        flows.ask(f"/deployments/{deployment['id']}/schedules", [schedule])
        flows.ask(f"/deployments/{deployment['id']}/schedule", {"start_time": (asleep - timedelta(minutes=1)).isoformat(), "end_time": datetime.now(UTC).isoformat(), "min_time": 0, "min_runs": 3, "max_runs": 3})
        found = flows.ask("/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}})
        ids = [run["id"] for run in found if run["auto_scheduled"] and run["parameters"].get("home") == str(home)]
        assert len(ids) == 3
        flows.ask("/work_pools/postetl", {"is_paused": False}, "PATCH")
        folder = tmp_path / "worker"
        folder.mkdir()
        with running_worker(flows, folder):
            states = [flows.ended(run_id)["state"] for run_id in ids]
    names = sorted(state["name"] for state in states)
    assert names == ["Completed", "Skipped", "Skipped"], [(s["name"], s["message"]) for s in states]
    assert all("covered by ingest river" in state["message"] for state in states if state["name"] == "Skipped")
    assert site.hits("/feed.xml") == 1
    assert rows(home, "select count(*) from runs where command = 'run'") == [(1,)]


@pytest.mark.slow
def test_a_cancelled_flow_keeps_what_it_committed(flows: Flows, worker: None, home: Path) -> None:
    pages = {f"/{n}.xml": web.Answer(body=FEED, content_type="application/rss+xml", delay=0 if n == 0 else 8) for n in range(9)}
    with web.serve(pages) as site:
        write_sources(home, *((f"s{n}", site.url(f"/{n}.xml")) for n in range(9)))
        [deployment] = flows.ask("/deployments/filter", {"deployments": {"name": {"any_": ["ingest"]}}})
        run = flows.ask(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"home": str(home)}, "state": {"type": "SCHEDULED"}})
        wait_for(lambda: len(site.requests) > 2, 60, "the flow's first requests: robots.txt, one source, the next")
        time.sleep(3)  # the first source's document is read in a moment, the next one's answer takes eight
        flows.ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CANCELLING"}})
        done = flows.ended(run["id"])
    assert done["state"]["type"] == "CANCELLED"
    assert not list((home / "locks" / "flowruns").iterdir())
    assert rows(home, "select status from runs") == [("interrupted",)]
