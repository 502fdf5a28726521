import Catalogs
import Quantities
import Scaling
import Serving

/// What a run came to, without its timeline.
public struct RunTotals: Sendable, Equatable {
  public var service: ServiceRecord
  public var fleet: FleetRecord

  public init(service: ServiceRecord, fleet: FleetRecord) {
    self.service = service
    self.fleet = fleet
  }
}

extension FluidRun {
  func time(_ tick: Int) -> Timestamp {
    Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ Int64(tick) &* tickNanoseconds)
  }

  /// - Parameter offered: the sum of all ticks' rates.
  func totals(offered: Double, _ tables: inout ServiceTables) -> RunTotals {
    RunTotals(service: serviceRecord(offered: offered), fleet: fleetRecord(&tables))
  }

  private func serviceRecord(offered: Double) -> ServiceRecord {
    var record = ServiceRecord()
    let arrived = offered * dt
    record.offered = Count(rawValue: arrived)
    record.served = Count(rawValue: tally.served)
    record.unserved = Count(rawValue: tally.dropped)
    record.waiting = Count(rawValue: queue.waiting)
    record.queuedSeconds = tally.waited
    record.overload = tick * tally.overloadTicks
    record.peakUtilization = Utilization(rawValue: tally.peakUtilization)
    let known = world.service.metrics
    record.attainments = world.objective.latency.enumerated().map { i, bound in
      Outcome.Attainment(
        bound: bound, share: Fraction(rawValue: arrived > 0 ? min(1, tally.within[i] / arrived) : 1),
        includesService: known.contains(bound.metric))
    }
    return record
  }

  private func fleetRecord(_ tables: inout ServiceTables) -> FleetRecord {
    let hours = dt / 3600
    let span = tick * ticks
    var record = FleetRecord(use: machineHours(span, &tables))
    record.replicaHours = Double(tally.replicaTicks) * hours
    record.startingHours = tally.startingSeconds / 3600
    if let pool = fleet.pool { record.nodeHours = Double(tally.paidTicks / pool.perNode) * hours }
    record.spareHours = Double(spareMachines) * Double(ticks) * hours
    record.starts = fleet.starts
    record.scaleUps = tally.ups
    record.scaleDowns = tally.downs
    record.flaps = tally.flaps
    record.peakReplicas = tally.peakReplicas
    record.minimumReplicas = ticks > 0 ? tally.leastReplicas : 0
    record.crashes = incidents.crashes
    record.preemptions = incidents.preemptions
    record.rollouts = fleet.rolloutRecord
    if let batch {
      record.batchHours = batch.done / replicaCapacity / 3600
      record.batchWaitingHours = batch.waiting / replicaCapacity / 3600
    }
    return record
  }

  /// Spare machines that are kept ready; nodes with an autoscaler of their own keep none.
  private var spareMachines: Int { world.dynamics.nodes == nil ? world.dynamics.warmNodes : 0 }

  /// The machines under the replicas that were paid for, tick by tick, and the spare ones beside them.
  private func machineHours(_ span: Duration, _ tables: inout ServiceTables) -> FleetUse {
    let hours = dt / 3600
    var use = tables.machines.use(
      tally.paidCounts.map { (replicas: $0.key, hours: Double($0.value) * hours) }
        + [(replicas: tally.paidNow, hours: Double(tally.paidNowTicks) * hours)], over: span)
    if spareMachines > 0, let first = world.fleet.pools.first(where: { !$0.lifecycle.isStandby }) {
      let spare = Pool(
        region: first.region, machine: first.machine, lifecycle: .standbyWarm, count: spareMachines,
        replicasPerMachine: first.replicasPerMachine)
      use.pools.append(.init(pool: spare, machineHours: Double(spareMachines) * Double(ticks) * hours))
    }
    return use
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
    if counts.desired >= world.dynamics.maximum, needed > world.dynamics.maximum {
      return .maximumReached(world.dynamics.maximum)
    }
    // Those that are asked for would do: the rollout keeps too many of them from serving.
    if worst.isRolling, counts.ready < min(needed, counts.desired) {
      return .rollingOut(unavailable: counts.desired - counts.ready)
    }
    if let quota = worst.quota, quota.waiting >= needed - counts.desired {
      return .nodeQuotaReached(nodes: quota.nodes, waiting: quota.waiting)
    }
    // A loss counts while those that start for it may not serve yet.
    if let loss = worst.loss, loss.count >= needed - counts.desired, counts.starting >= loss.count {
      let ago = tick * (worst.tick - loss.tick)
      if ago.seconds <= world.dynamics.startup.mean.seconds + dt { return .replicasLost(loss.count, ago: ago) }
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
