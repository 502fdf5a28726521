import Catalogs
import Quantities
import Scaling
import Serving

extension RequestRun {
  /// The policy looks, and the fleet follows.
  mutating func look() {
    let killed = meter.beginTick(at: now)
    syncReplicas(killing: killed)
    if meter.look(at: now) { syncReplicas(killing: 0) }
  }

  func outcome() -> RequestOutcome {
    var record = record
    record.confidence = responseBatches.confidence
    record.utilization = Utilization(rawValue: meter.utilization)
    return RequestOutcome(outcome: meter.outcome(of: demand), requests: record)
  }
}

extension RequestMeter {
  /// What was measured, as every world tells it.
  func outcome(of demand: DemandTicks) -> Outcome {
    var outcome = Outcome(
      start: demand.start, duration: demand.tick * demand.rates.count, tick: demand.tick, service: serviceRecord(),
      fleet: fleetRecord(demand), timeline: recorder.timeline)
    outcome.actions = actions.map {
      Outcome.ScalingAction(
        time: demand.start + .seconds($0.time), from: $0.from, to: $0.to, rule: $0.because.rule.name.description,
        reason: $0.because.description)
    }
    return outcome
  }

  private func serviceRecord() -> ServiceRecord {
    var service = ServiceRecord()
    let (offered, answered, failed) = (offeredCount, answeredCount, failedCount)
    service.offered = Count(rawValue: Double(offered))
    service.served = Count(rawValue: Double(answered))
    service.unserved = Count(rawValue: Double(failed))
    // Those in service at the end have no answer either.
    service.waiting = Count(rawValue: Double(max(0, offered - answered - failed)))
    service.queuedSeconds = queuedSeconds
    service.overload = overload
    service.peakUtilization = Utilization(rawValue: peakUtilization)
    service.attainments = world.objective.latency.enumerated().map { i, bound in
      Outcome.Attainment(
        bound: bound, share: Fraction(rawValue: offered > 0 ? Double(within[i]) / Double(offered) : 1),
        includesService: true)
    }
    return service
  }

  private func fleetRecord(_ demand: DemandTicks) -> FleetRecord {
    var machines = MachineTable(world.fleet)
    let span = demand.tick * demand.rates.count
    var record = FleetRecord(
      use: machines.use(paidSeconds.map { (replicas: $0.key, hours: $0.value / 3600) }, over: span))
    record.replicaHours = replicaSeconds / 3600
    record.startingHours = startingSeconds / 3600
    record.starts = fleet.starts
    record.scaleUps = ups
    record.scaleDowns = downs
    record.flaps = flaps
    record.peakReplicas = peakReplicas
    record.minimumReplicas = leastReplicas == .max ? 0 : leastReplicas
    record.crashes = incidents.crashes
    record.preemptions = incidents.preemptions
    record.rollouts = fleet.rolloutRecord
    return record
  }
}
