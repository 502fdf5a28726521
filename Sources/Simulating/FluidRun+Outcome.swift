import Quantities
import Scaling
import Serving

extension FluidRun {
  func time(_ tick: Int) -> Timestamp {
    Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ Int64(tick) &* tickNanoseconds)
  }

  /// - Parameter offered: the sum of all ticks' rates.
  func totals(offered: Double) -> Outcome.Totals {
    var totals = Outcome.Totals()
    let arrived = offered * dt
    totals.offered = Count(rawValue: arrived)
    totals.served = Count(rawValue: tally.served)
    totals.unserved = Count(rawValue: tally.dropped)
    totals.waiting = Count(rawValue: queue.waiting)
    totals.queuedSeconds = tally.waited
    totals.overload = tick * tally.overloadTicks
    let knowsLatency = world.service.level(of: .zero, replicas: 1).latency != nil
    totals.attainments = world.objective.latency.indices.map {
      Outcome.Attainment(
        bound: world.objective.latency[$0],
        share: Fraction(rawValue: arrived > 0 ? min(1, tally.within[$0] / arrived) : 1), includesService: knowsLatency)
    }
    let hours = dt / 3600
    totals.replicaHours = Double(tally.replicaTicks) * hours
    totals.startingHours = tally.startingSeconds / 3600
    if let pool = fleet.pool { totals.nodeHours = Double(tally.paidTicks / pool.perNode) * hours }
    totals.warmNodeHours = world.fleet.nodes == nil ? Double(world.fleet.warmNodes) * Double(ticks) * hours : 0
    totals.cost = world.fleet.price.map {
      .dollars($0.rawValue * (Double(tally.paidTicks) * hours + totals.warmNodeHours))
    }
    totals.scaleUps = tally.ups
    totals.scaleDowns = tally.downs
    totals.flaps = tally.flaps
    totals.peakReplicas = tally.peakReplicas
    totals.minimumReplicas = ticks > 0 ? tally.leastReplicas : 0
    totals.peakUtilization = Utilization(rawValue: tally.peakUtilization)
    totals.crashes = incidents.crashes
    totals.preemptions = incidents.preemptions
    if let batch {
      totals.batchHours = batch.done / replicaCapacity / 3600
      totals.batchWaitingHours = batch.waiting / replicaCapacity / 3600
    }
    return totals
  }

  func scalingActions() -> [Outcome.ScalingAction] {
    actions.map {
      Outcome.ScalingAction(
        time: Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ $0.time), from: $0.from, to: $0.to,
        rule: $0.because.rule.name.description, reason: $0.because.description)
    }
  }

  /// The worst tick with what stood in the way of more capacity.
  func diagnosis(_ rates: UnsafeBufferPointer<Double>) -> WorstMoment? {
    guard ticks > 0 else { return nil }
    let needed =
      replicaCapacity > 0 ? Int(min(Statistics.ceilingOfRatio(worst.demand, replicaCapacity), 1e15)) : Int.max
    return WorstMoment(
      time: time(worst.tick), demand: .perSecond(worst.demand), capacity: .perSecond(worst.capacity), needed: needed,
      ready: worst.counts.ready, starting: worst.counts.starting, desired: worst.counts.desired,
      cause: cause(needed: needed, rates))
  }

  private func cause(needed: Int, _ rates: UnsafeBufferPointer<Double>) -> WorstMoment.Cause {
    let counts = worst.counts
    guard worst.score > 1 else { return .none }
    if counts.desired >= world.fleet.maximum, needed > world.fleet.maximum {
      return .maximumReached(world.fleet.maximum)
    }
    if let quota = worst.quota, quota.waiting >= needed - counts.desired {
      return .nodeQuotaReached(nodes: quota.nodes, waiting: quota.waiting)
    }
    // A loss counts while those that start for it may not serve yet.
    if let loss = worst.loss, loss.count >= needed - counts.desired, counts.starting >= loss.count {
      let ago = tick * (worst.tick - loss.tick)
      if ago.seconds <= world.fleet.startup.mean.seconds + dt { return .replicasLost(loss.count, ago: ago) }
    }
    // Both may be short: what accounts for more replicas is named.
    if let stage = worst.stage, counts.starting >= needed - counts.desired {
      return .starting(stage: stage.stage, waiting: stage.count)
    }
    guard let measured = feed.measuredAt(visibleAt: worst.look) else { return .notMeasured }
    let seen = feed.demand(at: worst.look, rates)
    let seenNeed = replicaCapacity > 0 ? seen / replicaCapacity : 0
    if seenNeed <= Double(counts.desired) {
      // A mean over time is as old as the middle of that time.
      let age = worst.tick - measured + feed.window / 2
      let sinceLook = worst.tick - worst.look
      if sinceLook > 0, sinceLook >= age - sinceLook {
        return .betweenLooks(ago: tick * sinceLook, period: .nanoseconds(periodNanoseconds))
      }
      if age > 0 || seen < worst.demand {
        return .notYetSeen(measured: .perSecond(seen), age: tick * age)
      }
    }
    return .policy(rule: worst.because.rule.name.description, reason: worst.because.description)
  }
}
