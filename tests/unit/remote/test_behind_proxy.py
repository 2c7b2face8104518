"""Whose a request is: of who connected, unless the operator named it as a proxy of ours."""

from __future__ import annotations

import logging

import httpx
import pytest

from app.cli import main
from app.remote.server.application import create_app
from app.remote.server.serving import GracefulServer, bind, config_for
from app.remote.server.settings import ServerSettings, SettingsError
from tests.unit.remote.conftest import run_in_thread

TOKEN = "of-this-test-and-no-other"


@pytest.mark.parametrize("proxies, told", [((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.7"), (("10.0.0.5",), "127.0.0.1")])
def test_only_a_named_proxy_says_whose_a_request_is(caplog, proxies, told):
    settings = ServerSettings(source="mock", port=0, token=TOKEN, proxies=proxies, drain_s=0.1)
    listener, app, log = bind(settings), create_app(settings), logging.getLogger("visemesync.server")
    running = run_in_thread(GracefulServer(config_for(app, log_config=None), app.state.server), listener, listener.getsockname()[1])
    try:
        log.addHandler(caplog.handler)  # whether records go on from there depends on who was served before
        with caplog.at_level(logging.INFO, "visemesync.server"):
            httpx.get(f"{running.url}/health", headers={"X-Forwarded-For": "203.0.113.7"}, trust_env=False)
        facts = [record.facts for record in caplog.records if record.getMessage() == "refused"]
        assert {each["client"] for each in facts} == {told}
    finally:
        log.removeHandler(caplog.handler)
        running.stop()


def test_a_proxy_is_an_address_and_a_fleet_has_its_own(capsys):
    with pytest.raises(SettingsError, match=r"10\.0\.0\.0/24"):
        ServerSettings(proxies=("balancer.example",))
    assert main(["serve", "--source", "mock", "--workers", "2", "--behind-proxy", "10.0.0.5"]) == 2
    assert "HAProxy of their own" in capsys.readouterr().err
