"""Push delivery: each message is POSTed to the endpoint until it answers well in time."""

from __future__ import annotations

import asyncio

import httpx
from google.pubsub_v1.types import pubsub

from laptop.faults import Fault, FaultRegistry
from laptop.pubsub.backlog import Lease
from laptop.pubsub.feed import Feed
from laptop.pubsub.wire import event_text, push_document

ACKNOWLEDGED = (102, 200, 201, 202, 204)
AT_ONCE = 8  # pushes of one subscription under way
GRACE = 5.0  # seconds by which a lease outlives its push


class Pusher:
    """Delivers one push subscription for as long as its task runs."""

    def __init__(self, feed: Feed, client: httpx.AsyncClient, faults: FaultRegistry) -> None:
        self._feed = feed
        self._client = client
        self._faults = faults
        self._free = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Push what is due until cancelled."""
        async with asyncio.TaskGroup() as pushes:
            while not self._feed.closed:
                await self._free.acquire()
                leases = await self._feed.take(1, self._deadline + GRACE)
                for lease in leases:
                    pushes.create_task(self._deliver(lease, pushes))

    @property
    def _deadline(self) -> float:
        return self._feed.backlog.rules.ack_deadline

    async def _deliver(self, lease: Lease, pushes: asyncio.TaskGroup) -> None:
        well = False
        try:
            well = await self._attempt(lease, pushes)
        finally:
            self._free.release()
            if well:
                self._feed.acknowledge([lease.ack_id])
            else:
                self._feed.extend([lease.ack_id], 0)

    async def _attempt(self, lease: Lease, pushes: asyncio.TaskGroup) -> bool:
        message = lease.message
        text = event_text(self._feed.backlog.name, message.attributes, message.data)
        fault = self._faults.take("push", text)
        match fault:
            case None:
                return await self._post(lease)
            case Fault(action="duplicate"):
                self._feed.late_copies += fault.copies
                pushes.create_task(self._post_copies(lease, fault))
                return await self._post(lease)
            case Fault(action="delay"):
                return await self._post_late(lease, fault)
            case Fault(when="after"):
                await self._post(lease)
        return self._failed(f"{fault.reason}: injected fault on push")

    async def _post_late(self, lease: Lease, fault: Fault) -> bool:
        self._feed.extend([lease.ack_id], fault.seconds + self._deadline + GRACE)
        if fault.when == "before":
            await asyncio.sleep(fault.seconds)
        well = await self._post(lease)
        if fault.when == "after":
            await asyncio.sleep(fault.seconds)
        return well

    async def _post_copies(self, lease: Lease, fault: Fault) -> None:
        try:
            for _ in range(fault.copies):
                await asyncio.sleep(fault.seconds)
                await self._post(lease)
        finally:
            self._feed.late_copies -= fault.copies

    async def _post(self, lease: Lease) -> bool:
        config: pubsub.PushConfig = self._feed.definition.push_config
        body = push_document(self._feed, lease)
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.post(config.push_endpoint, json=body)
        except TimeoutError:
            return self._failed(f"{config.push_endpoint}: no answer within {self._deadline:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._failed(f"{config.push_endpoint}: {type(error).__name__}: {error}")
        if response.status_code not in ACKNOWLEDGED:
            return self._failed(f"{config.push_endpoint}: answered {response.status_code}")
        return True

    def _failed(self, reason: str) -> bool:
        self._feed.last_error = reason
        return False
