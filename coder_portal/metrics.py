"""Metrics of this process in Prometheus' text format: event streams, what they request from Coder, the process."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from coder_portal.cache_values import REJECTIONS
from workspaces.gateway.client_address import parse_address
from workspaces.live.counts import StreamCounts


class StreamCollector(Collector):
    """Collect the figures about the event streams of this process.

    `read_counts` returns them. The entry point that serves streams sets it; a process without streams reports zeros.
    """

    def __init__(self) -> None:
        self.read_counts: Callable[[], StreamCounts] = StreamCounts

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families."""
        counts = self.read_counts()
        yield GaugeMetricFamily("portal_live_streams", "Open event streams.", value=counts.streams)
        refused = CounterMetricFamily("portal_live_refused", "Refused event streams, by reason.", labels=["why"])
        for reason, number in counts.refused.items():
            refused.add_metric([reason], number)
        yield refused
        yield GaugeMetricFamily("portal_live_watches", "Open streams of Coder.", value=counts.watches)
        sources = GaugeMetricFamily("portal_live_sources", "Sources of event streams, by kind.", labels=["kind"])
        for kind, number in sorted(counts.sources.items()):
            sources.add_metric([kind], number)
        yield sources


class CacheCollector(Collector):
    """Collect the figures about the caches of this process."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families."""
        help_text = "Values in the cache that this portal has not written."
        yield CounterMetricFamily("portal_cache_rejected", help_text, value=REJECTIONS.number)


REGISTRY = CollectorRegistry()
STREAMS = StreamCollector()
REGISTRY.register(STREAMS)
REGISTRY.register(CacheCollector())
ProcessCollector(registry=REGISTRY)  # process_start_time_seconds, memory, CPU, open files


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process. Raises Http404 for a request that may not read them."""
    if not may_read(request):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Return whether the request has METRICS_TOKEN or, where none is set, is from the only machine that has a portal.

    A request from this machine proves nothing where others can open the portal: a proxy on this machine sends theirs.
    """
    if settings.METRICS_TOKEN:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    if not settings.PORTAL_IS_LOOPBACK or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    return address is not None and address.is_loopback
