"""What Prometheus is told of this process, in its text: the streams, what they ask of Coder, the process itself."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from workspaces.live import telling


class Streams(Collector):
    """The event streams of this process, as they are when somebody asks."""

    def collect(self) -> Iterator[Metric]:
        """The metrics; zeros before the first stream."""
        now = telling.EARS.counted() if telling.EARS.counted else telling.Counts()
        yield GaugeMetricFamily("portal_live_streams", "Event streams that are open.", value=now.streams)
        refused = CounterMetricFamily("portal_live_refused", "Event streams that were refused, by why.", labels=["why"])
        for why, number in now.refused.items():
            refused.add_metric([why], number)
        yield refused
        yield GaugeMetricFamily("portal_live_watches", "Streams of Coder's that are open.", value=now.watches)
        sources = GaugeMetricFamily("portal_live_sources", "What is asked of Coder for streams.", labels=["kind"])
        for kind, number in sorted(now.sources.items()):
            sources.add_metric([kind], number)
        yield sources


REGISTRY = CollectorRegistry()
REGISTRY.register(Streams())
ProcessCollector(registry=REGISTRY)  # process_start_time_seconds, memory, CPU, open files


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics of the process that answers. Raises Http404 for whoever may not read them."""
    if not may_read(request):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Whoever brings the token; where none is set, whoever asks from this machine itself and not through a proxy."""
    if settings.METRICS_TOKEN:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = re.sub("^::ffff:", "", request.META.get("REMOTE_ADDR", ""))  # IPv4 to a socket that speaks both
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
