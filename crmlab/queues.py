"""The call centre as a queue: Erlang's formulas, with and without callers who give up, and a simulation."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

AGENTS_AT_MOST = 100_000


def erlang_c(load: float, agents: int) -> float:
    """Give the chance that a caller must wait, if nobody gives up.

    Parameters
    ----------
    load : float
        Offered load in Erlang: calls per hour x hours per call; 0 or more.
    agents : int
        Agents at work, 1 or more.

    Returns
    -------
    float
        The chance to wait; 1 when the load is not below the number of agents (the queue only grows).

    Raises
    ------
    DataError
        If the load is negative or no number, or the agents are no whole number from 1 on.

    References
    ----------
    Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges. Gans, Koole, Mandelbaum (2003), Manufacturing & Service Operations
    Management 5(2), 79-141, section 3. https://doi.org/10.1287/msom.5.2.79.16071

    Examples
    --------
    >>> round(erlang_c(10, 14), 4)
    0.1741
    >>> erlang_c(0.25, 1)
    0.25
    """
    _check(load, agents)
    if load >= agents:
        return 1.0
    blocked = 1.0  # Erlang B, agent by agent
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / agents * (1 - blocked))


def service_level(load: float, agents: int, *, handle_s: float, within_s: float = 20.0) -> float:
    """Give the share of calls answered within some seconds, if nobody gives up.

    Parameters
    ----------
    load : float
        Offered load in Erlang.
    agents : int
        Agents at work.
    handle_s : float
        Mean seconds that one call keeps an agent busy; above 0.
    within_s : float, default 20
        Seconds; 0 or more.

    Returns
    -------
    float
        1 - C exp(-(agents - load) within / handle); 0 when the load is not below the number of agents.

    Raises
    ------
    DataError
        If an argument is out of range.

    Examples
    --------
    >>> round(service_level(10, 14, handle_s=180), 4)
    0.8884
    """
    wait = erlang_c(load, agents)
    _check_seconds(handle_s=handle_s)
    if not within_s >= 0:
        raise DataError(f"within_s must be 0 seconds or more; found {within_s!r}.")
    return 0.0 if load >= agents else 1 - wait * math.exp(-(agents - load) * within_s / handle_s)


def agents_needed(load: float, *, handle_s: float, target: float = 0.8, within_s: float = 20.0) -> int:
    """Find the fewest agents who answer a share of the calls within some seconds.

    Parameters
    ----------
    load : float
        Offered load in Erlang.
    handle_s : float
        Mean seconds per call.
    target : float, default 0.8
        Share of calls to answer in time: 0 to below 1.
    within_s : float, default 20
        Seconds.

    Returns
    -------
    int
        Agents, at least 1.

    Raises
    ------
    DataError
        If an argument is out of range.

    Examples
    --------
    >>> agents_needed(10, handle_s=180)
    14
    """
    if not 0 <= target < 1:
        raise DataError(f"target must be a share from 0 to below 1; found {target!r}. 80 % is 0.8.")
    _check(load, 1)
    agents = max(1, math.floor(load))
    while service_level(load, agents, handle_s=handle_s, within_s=within_s) < target:
        agents += 1
    return agents


def erlang_a(load: float, agents: int, *, handle_s: float, patience_s: float) -> dict[str, float]:
    """Give what happens when callers give up after an exponential time (Erlang A).

    Parameters
    ----------
    load : float
        Offered load in Erlang; may exceed the number of agents.
    agents : int
        Agents at work.
    handle_s : float
        Mean seconds per call; above 0.
    patience_s : float
        Mean seconds that a caller is willing to wait; above 0.

    Returns
    -------
    dict
        ``wait`` (chance to find all agents busy), ``abandon`` (share of callers who give up), ``queue``
        (mean number waiting), ``wait_s`` (mean seconds in the queue, of all callers) and ``busy`` (share of
        an agent's time in calls).

    Raises
    ------
    DataError
        If an argument is out of range.

    References
    ----------
    Palm (1957); Garnett, Mandelbaum, Reiman (2002), Manufacturing & Service Operations Management 4(3),
    208-227. https://doi.org/10.1287/msom.4.3.208.7753

    Examples
    --------
    >>> found = erlang_a(10, 10, handle_s=180, patience_s=180)
    >>> round(found["abandon"], 4), round(found["wait"], 4)
    (0.1251, 0.5421)
    """
    _check(load, agents)
    _check_seconds(handle_s=handle_s, patience_s=patience_s)
    if load == 0:
        return {"wait": 0.0, "abandon": 0.0, "queue": 0.0, "wait_s": 0.0, "busy": 0.0}
    leave = handle_s / patience_s  # how fast one waiting caller gives up, per mean call
    most = agents + math.ceil((load + 12 * math.sqrt(load) + 40) / min(leave, 1.0))
    callers = np.arange(1, most + 1)
    out = np.minimum(callers, agents) + leave * np.maximum(callers - agents, 0)
    log = np.concatenate([[0.0], np.cumsum(np.log(load) - np.log(out))])
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    waiting = np.maximum(np.arange(most + 1) - agents, 0)
    queue = float((chance * waiting).sum())
    gone = leave * queue / load
    return {
        "wait": float(chance[agents:].sum()), "abandon": gone, "queue": queue,
        "wait_s": queue / load * handle_s, "busy": load * (1 - gone) / agents,
    }  # fmt: skip


def simulate_queue(
    arrive_s: Any, handle_s: Any, patience_s: Any, *, agents: Sequence[int] | int, every_s: float = 1800.0
) -> pd.DataFrame:
    """Play the queue call by call: first come, first served, and callers who lose patience leave.

    Parameters
    ----------
    arrive_s : array of float
        Second of each arrival, in order.
    handle_s, patience_s : arrays of float
        Seconds the call would take, and seconds the caller would wait.
    agents : int or sequence of int
        Agents at work; a sequence gives one number for each period of `every_s` seconds; the last goes on.
    every_s : float, default 1800
        Length of a period in seconds.

    Returns
    -------
    DataFrame
        One row per call, in the order given: ``waited_s`` (until answered or given up) and ``answered``.

    Raises
    ------
    DataError
        If the arrivals are not in order or a number of agents is not a whole number from 1 on.

    Examples
    --------
    >>> simulate_queue([0, 10], [60, 60], [90, 20], agents=1)
       waited_s  answered
    0       0.0      True
    1      20.0     False
    """
    come, take, stay = (np.asarray(x, dtype=float) for x in (arrive_s, handle_s, patience_s))
    if (np.diff(come) < 0).any():
        raise DataError("arrive_s must be in order of time. Hint: np.sort(arrive_s)")
    plan = [agents] if isinstance(agents, int | np.integer) else list(agents)
    for count in plan:
        _check(0.0, count)
    ends: list[float] = []  # when each call in progress ends
    clock = -math.inf  # nobody is served before those who came earlier
    waited, answered = np.zeros(len(come)), np.zeros(len(come), dtype=bool)
    for i, start in enumerate(come):
        clock, until = max(clock, start), start + stay[i]
        while clock <= until:
            while ends and ends[0] <= clock:
                heapq.heappop(ends)
            period = min(int(clock // every_s), len(plan) - 1)
            if len(ends) < plan[period]:
                answered[i] = True
                heapq.heappush(ends, clock + take[i])
                break
            change = (period + 1) * every_s if period < len(plan) - 1 else math.inf
            if min(ends[0], change) > until:
                break
            clock = min(ends[0], change)
        waited[i] = clock - start if answered[i] else stay[i]
    return pd.DataFrame({"waited_s": waited, "answered": answered})


def _check(load: Any, agents: Any) -> None:
    if isinstance(load, bool) or not isinstance(load, int | float | np.number) or not 0 <= load < math.inf:
        raise DataError(f"load must be a number of Erlang, 0 or more; found {load!r}.")
    whole = isinstance(agents, int | np.integer) and not isinstance(agents, bool)
    if not whole or not 1 <= agents <= AGENTS_AT_MOST:
        raise DataError(f"agents must be a whole number from 1 to {AGENTS_AT_MOST:,}; found {agents!r}.")


def _check_seconds(**seconds: Any) -> None:
    for name, value in seconds.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | np.number)
            or not 0 < value < math.inf
        ):
            raise DataError(f"{name} must be seconds above 0; found {value!r}.")
