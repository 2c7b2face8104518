"""What the month costs, while it happens: counts are written down, the table follows, the budget warns once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.conversation.cost.account import CostAccount, account
from app.conversation.cost.ledger import MonthCounts
from app.conversation.cost.meter import Meter
from app.conversation.cost.prices import PriceTable, read_prices
from app.core.errors import CostError
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers

#: how often what was counted is looked at and written down
LOOK_MS = 5000

log = logging.getLogger(__name__)


class Costs(QObject):
    """The meter of this user, and the account of the month.

    Args:
        meter: is counted into by whoever uses a paid service.
        messages: is told when the budget is nearly or wholly spent.
        parent: Qt's.

    Attributes:
        meter: see Args.
        budget_usd: a month, 0 for none.
        rents: says whether a server that is paid by the hour is in use; asked all the time.
        gpu: name of the rented GPU that the table goes by, "" for the guide's.
        gpu_hours: of the month, None for those that were counted.
    """

    #: the account is another one
    changed = Signal()

    def __init__(self, meter: Meter, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.meter, self._messages = meter, messages
        self.budget_usd, self.gpu = 0.0, ""
        self.rents: Callable[[], bool] = lambda: False
        self.gpu_hours: float | None = None
        self._warned = ""
        self._table: PriceTable | None = None
        self._counts: MonthCounts | None = None
        self._workers = Workers(messages.fail_task, self)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._count_rent)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @property
    def table(self) -> PriceTable | None:
        """The prices, None before they were read or where they cannot be."""
        return self._table

    @property
    def account(self) -> CostAccount | None:
        """The month, None before it was looked at."""
        if self._table is None or self._counts is None:
            return None
        return account(
            self._counts, self._table, today=self.meter.today, gpu_hours=self.gpu_hours, gpu=self.gpu, budget_usd=self.budget_usd
        )

    def restore(self, budget_usd: float, gpu: str, gpu_hours: float | None) -> None:
        """Take up what was remembered; ``look`` adds up."""
        self.budget_usd, self.gpu, self.gpu_hours = budget_usd, gpu, gpu_hours

    def set_budget(self, budget_usd: float) -> None:
        """Set what a month may cost, 0 for no limit; warns again."""
        self.budget_usd, self._warned = budget_usd, ""
        self._tell()

    def set_gpu(self, gpu: str, gpu_hours: float | None) -> None:
        """Reckon with another GPU, or with other hours of it."""
        self.gpu, self.gpu_hours = gpu, gpu_hours
        self._tell()

    def look(self) -> None:
        """Write down what was counted and add the month up, off the GUI thread; while nothing was counted there is nothing to do."""
        if self._workers.running("cost") or not (self.meter.pending or self._counts is None or self._is_old()):
            return

        def work(job: Job) -> None:
            table = self._table or read_prices()
            try:
                self.meter.flush()
            except OSError as error:
                log.warning("the costs were not written down: %s", error)
            job.post(self._take, table, self.meter.month())

        self._workers.start("cost", work)

    def close(self) -> None:
        """Write down the rest and end the thread."""
        self._timer.stop()
        self._workers.close()
        try:
            self.meter.flush()
        except (OSError, CostError) as error:
            log.warning("the costs were not written down: %s", error)

    def _count_rent(self) -> None:
        """A rented server is paid for while it is in use, whether it moves a face or waits."""
        if self.rents():
            self.meter.count("gpu", "hours", LOOK_MS / 3.6e6)

    def _is_old(self) -> bool:
        return self._counts is not None and self._counts.month != f"{self.meter.today:%Y-%m}"

    def _take(self, table: PriceTable, counts: MonthCounts) -> None:
        self._table, self._counts = table, counts
        self._tell()

    def _tell(self) -> None:
        """Tell who shows it; and the user, once for every thing there is to say about the budget."""
        made = self.account
        if made is None:
            return
        about = f"{made.month} over" if made.over else f"{made.month} near" if made.warning else ""
        if about and about != self._warned and self.budget_usd:
            (self._messages.fail if made.over else self._messages.tell)(made.warning)
        self._warned = about or self._warned
        self.changed.emit()
