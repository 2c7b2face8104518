"""How busy NVIDIA's cards are, for ``/metrics``; without the package ``nvidia-ml-py``, a driver or a card nothing is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class GpuFigures(Collector):
    """Asks the driver at every scrape."""

    def __init__(self) -> None:
        self._asked: Any = None
        self._absent = False

    def _driver(self) -> Any:
        """The driver's library; None where there is none, which is found out once."""
        if self._asked is None and not self._absent:
            self._absent = True
            with contextlib.suppress(ModuleNotFoundError):
                import pynvml

                with contextlib.suppress(pynvml.NVMLError):  # no driver, or no card
                    pynvml.nvmlInit()
                    self._asked, self._absent = pynvml, False
        return self._asked

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See Collector."""
        driver = self._driver()
        if driver is None:
            return
        busy = GaugeMetricFamily("visemesync_gpu_utilisation_ratio", "Of the last moment, how much a card was busy", labels=["gpu"])
        used = GaugeMetricFamily("visemesync_gpu_memory_bytes", "Memory of a card that is in use", labels=["gpu"])
        whole = GaugeMetricFamily("visemesync_gpu_memory_total_bytes", "Memory of a card", labels=["gpu"])
        with contextlib.suppress(driver.NVMLError):  # some cards do not tell everything
            for number in range(driver.nvmlDeviceGetCount()):
                card = driver.nvmlDeviceGetHandleByIndex(number)
                memory = driver.nvmlDeviceGetMemoryInfo(card)
                used.add_metric([str(number)], float(memory.used))
                whole.add_metric([str(number)], float(memory.total))
                busy.add_metric([str(number)], driver.nvmlDeviceGetUtilizationRates(card).gpu / 100)
        yield from (family for family in (busy, used, whole) if family.samples)
