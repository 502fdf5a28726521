import Costs
import Documents
import Quantities
import Serving

/// Outcomes as JSON.
enum OutcomeJSON {
  static func writeTotals(_ outcome: Outcome, to json: inout JSONWriter) {
    let (totals, fleet) = (outcome.service, outcome.fleet)
    json.object("totals") { json in
      json.entry("offered", totals.offered)
      json.entry("served", totals.served)
      json.entry("unserved", totals.unserved)
      json.entry("waiting", totals.waiting)
      json.entry("share_served", totals.shareServed)
      json.entry("queued_seconds", totals.queuedSeconds)
      json.entry("overload_seconds", seconds: totals.overload)
      json.objects("attainments", totals.attainments) { json, attainment in
        json.entry("metric", attainment.bound.metric.rawValue)
        json.entry("quantile", attainment.bound.quantile)
        json.entry("limit_seconds", seconds: attainment.bound.limit)
        json.entry("share", attainment.share)
        json.entry("includes_service", attainment.includesService)
        json.entry("met", attainment.isMet)
      }
      json.entry("replica_hours", fleet?.replicaHours)
      json.entry("mean_replicas", fleet?.meanReplicas)
      json.entry("starting_hours", fleet?.startingHours)
      json.entry("warm_node_hours", fleet?.spareHours)
      json.entry("cost", fleet.flatMap { cost(of: $0) })
      json.entry("scale_ups", fleet?.scaleUps)
      json.entry("scale_downs", fleet?.scaleDowns)
      json.entry("reversals", fleet?.flaps)
      json.entry("peak_replicas", fleet?.peakReplicas)
      json.entry("minimum_replicas", fleet?.minimumReplicas)
      json.entry("peak_utilization", totals.peakUtilization)
      json.entry("crashes", fleet?.crashes)
      json.entry("preemptions", fleet?.preemptions)
      if let rollouts = fleet?.rollouts, rollouts.count > 0 {
        json.entry("rollouts", rollouts.count)
        json.entry("rollouts_finished", rollouts.finished)
        json.entry("longest_rollout_seconds", rollouts.longest.seconds)
      }
      json.entry("node_hours", fleet?.nodeHours)
      json.entry("batch_hours", fleet?.batchHours)
      json.entry("batch_waiting_hours", fleet?.batchWaitingHours)
      json.entry("starts", fleet?.starts)
      json.entry("machine_hours", fleet?.use.machineHours)
      json.objects("pools", fleet?.use.pools ?? []) { json, use in
        json.entry("machine", use.pool.machine.isNamed ? use.pool.machine.name : nil)
        json.entry("region", use.pool.region.isEmpty ? nil : use.pool.region)
        json.entry("lifecycle", use.pool.lifecycle.rawValue)
        json.entry("most", use.pool.count)
        json.entry("machine_hours", use.machineHours)
      }
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

  /// What a fleet's use costs; nil where nothing has a price.
  private static func cost(of fleet: FleetRecord) -> Money? {
    let bill = fleet.use.cost
    return bill.total > .zero ? bill.total : nil
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
