"""Sampled worlds a second of Netflix's service-capacity-modeling for a stateless service, one core, processor time.

usage: choose-peer.py WORLDS
"""
import json
import sys
import time

from service_capacity_modeling.capacity_planner import planner
from service_capacity_modeling.interface import CapacityDesires, Interval, QueryPattern

worlds = int(sys.argv[1])
desires = CapacityDesires(
    service_tier=1,
    query_pattern=QueryPattern(
        estimated_read_per_second=Interval(low=8_000, mid=10_000, high=15_000, confidence=0.8),
        estimated_mean_read_latency_ms=Interval(low=8, mid=10, high=14, confidence=0.8),
        estimated_mean_read_size_bytes=Interval(low=10_000, mid=20_000, high=40_000, confidence=0.8),
    ),
)
planner.plan("org.netflix.stateless-java", "us-east-1", desires, simulations=2)  # warm: hardware is read once
began = time.process_time()
plan = planner.plan("org.netflix.stateless-java", "us-east-1", desires, simulations=worlds)
seconds = time.process_time() - began
best = plan.least_regret[0].candidate_clusters
choice = (best.regional + best.zonal)[0]
print(json.dumps({
    "worlds_per_second": worlds / seconds, "worlds": worlds,
    "choice": f"{choice.count} {choice.instance.name}",
    "shapes": len(planner.hardware_shapes.region("us-east-1").instances),
}))
