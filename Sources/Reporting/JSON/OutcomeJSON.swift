import Documents
import Quantities
import Serving

/// Outcomes as JSON.
enum OutcomeJSON {
  static func writeTotals(_ outcome: Outcome, to json: inout JSONWriter) {
    let totals = outcome.totals
    json.object("totals") { json in
      json.entry("offered", totals.offered)
      json.entry("served", totals.served)
      json.entry("unserved", totals.unserved)
      json.entry("waiting", totals.waiting)
      json.entry("share_served", totals.shareServed)
      json.entry("queued_seconds", totals.queuedSeconds)
      json.entry("overload_seconds", seconds: totals.overload)
      json.objects("attainments", totals.attainments) { json, attainment in
        json.entry("quantile", attainment.bound.quantile)
        json.entry("limit_seconds", seconds: attainment.bound.limit)
        json.entry("share", attainment.share)
        json.entry("includes_service", attainment.includesService)
        json.entry("met", attainment.isMet)
      }
      json.entry("replica_hours", totals.replicaHours)
      json.entry("mean_replicas", totals.replicaHours / max(outcome.duration.hours, 1e-9))
      json.entry("starting_hours", totals.startingHours)
      json.entry("warm_node_hours", totals.warmNodeHours)
      json.entry("cost", totals.cost)
      json.entry("scale_ups", totals.scaleUps)
      json.entry("scale_downs", totals.scaleDowns)
      json.entry("reversals", totals.flaps)
      json.entry("peak_replicas", totals.peakReplicas)
      json.entry("minimum_replicas", totals.minimumReplicas)
      json.entry("peak_utilization", totals.peakUtilization)
      json.entry("crashes", totals.crashes)
      json.entry("preemptions", totals.preemptions)
      json.entry("node_hours", totals.nodeHours)
      json.entry("batch_hours", totals.batchHours)
      json.entry("batch_waiting_hours", totals.batchWaitingHours)
    }
    json.object("worst", outcome.worst) { json, worst in
      json.entry("time", worst.time)
      json.entry("demand", worst.demand)
      json.entry("capacity", worst.capacity)
      json.entry("needed", worst.needed)
      json.entry("ready", worst.ready)
      json.entry("starting", worst.starting)
      json.entry("desired", worst.desired)
      json.entry("cause", worst.cause.name)
      json.entry("because", worst.because)
    }
  }

  static func writeTimeline(_ timeline: Timeline, to json: inout JSONWriter) {
    json.object("timeline") { json in
      json.entry("start", timeline.start)
      json.entry("step_seconds", seconds: timeline.step)
      json.entry("demand_mean", values: timeline.demandMean)
      json.entry("demand_max", values: timeline.demandMax)
      json.entry("capacity_min", values: timeline.capacityMin)
      json.entry("ready", values: timeline.ready)
      json.entry("starting", values: timeline.starting)
      json.entry("desired", values: timeline.desired)
      json.entry("queue", values: timeline.queue)
      json.entry("unserved", values: timeline.unserved)
      json.entry("utilization_max", values: timeline.utilizationMax)
      json.entry("p99_max", values: timeline.p99Max)
    }
  }
}
